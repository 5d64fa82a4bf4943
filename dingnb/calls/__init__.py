"""How calls leave: pace, workers, pauses before a repeat, and the month's quota."""
