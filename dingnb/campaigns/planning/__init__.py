"""From rows and a message to batches."""
