"""Paced API calls: rate limits, worker threads, backoff, and the context that they share."""
