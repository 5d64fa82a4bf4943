"""What the ledger records about campaigns: their batches, and what happened to each recipient."""
