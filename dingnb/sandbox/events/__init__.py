"""Events that the sandbox sends: callbacks, Stream pushes and robot messages."""
