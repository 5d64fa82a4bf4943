"""Recipients, plan, pace, sending, results."""
