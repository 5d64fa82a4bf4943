"""The spine: plans are made, sent, and their results read."""
