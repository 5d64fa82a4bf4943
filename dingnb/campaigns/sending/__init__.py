"""The send protocol: recording, workers, repeats, control, retry and recall."""
