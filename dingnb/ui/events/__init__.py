"""The form of events: a live table, the details of each event, and actions."""
