"""The form of events: a table that grows as they come, each event's story, and what is done about it."""
