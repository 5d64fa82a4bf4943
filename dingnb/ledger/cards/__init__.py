"""What the ledger records about cards: their questions, templates and answers."""
