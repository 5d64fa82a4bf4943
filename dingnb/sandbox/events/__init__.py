"""What the sandbox sends: callbacks, Stream and robot messages."""
