"""The compose form: a message is written, seen for one row, and checked into a plan."""
