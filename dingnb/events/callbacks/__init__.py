"""Events over HTTP: registration, verification and the server."""
