"""What the ledger records while a campaign is sent: who sends it, its attempts, calls and uploads, and the pace."""
