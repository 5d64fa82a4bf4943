"""Recipients: addresses, phone look-ups, the directory, matching and exclusions."""
