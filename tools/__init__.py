"""Developer commands: recording notebooks, the forms gallery, pictures, package checks."""
