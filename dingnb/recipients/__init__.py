"""Recipients: addresses, phone look-ups and exclusions."""
