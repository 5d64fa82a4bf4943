"""The form of a plan: problems, a test, the campaign name, and the count that confirms sending."""
