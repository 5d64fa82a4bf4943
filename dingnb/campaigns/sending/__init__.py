"""The send protocol: recording, sending, repeats, control, retry and recall."""
