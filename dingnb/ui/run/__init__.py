"""The form of a campaign that is sent: how far it has come, and what may be done about it."""
