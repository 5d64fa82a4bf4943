"""What became of each person: fetched, kept, and shown as frames."""
