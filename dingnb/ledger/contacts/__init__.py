"""What the ledger records about people: the directory, matches and exclusions."""
