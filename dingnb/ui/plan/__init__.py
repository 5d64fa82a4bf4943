"""The form of a plan: its problems, a test, its name, and the count that lets it be sent."""
