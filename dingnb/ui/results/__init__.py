"""The form of a campaign's results: everyone's status, the details of one person, and actions."""
