"""Building blocks of all forms."""
