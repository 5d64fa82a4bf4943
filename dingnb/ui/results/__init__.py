"""The form of a campaign's results: what became of everybody, one person's story, and what is done about it."""
