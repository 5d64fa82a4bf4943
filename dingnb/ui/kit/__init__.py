"""What all forms share."""
