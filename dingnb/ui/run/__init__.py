"""The form of a running campaign: progress, pause, resume and stop."""
