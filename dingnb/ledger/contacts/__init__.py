"""What the ledger records about people: the directory, owners of phone numbers, matches and exclusions."""
