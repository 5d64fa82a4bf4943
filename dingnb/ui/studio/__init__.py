"""The studio: recipients, message, check, sending and results as one path."""
