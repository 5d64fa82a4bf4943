"""What the ledger records while a campaign is sent: who sends it, its attempts and calls, and the pace."""
