"""What the sandbox answers: one module per API family."""
