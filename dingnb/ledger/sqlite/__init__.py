"""A ledger in an SQLite file, in a folder on this computer."""
