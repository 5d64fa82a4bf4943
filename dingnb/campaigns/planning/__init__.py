"""Planning: rows and a message become batches."""
