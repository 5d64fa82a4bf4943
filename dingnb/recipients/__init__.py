"""Who is sent to: addresses, phone look-ups and exclusions."""
