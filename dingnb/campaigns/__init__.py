"""Campaigns: planning, sending and reading results."""
