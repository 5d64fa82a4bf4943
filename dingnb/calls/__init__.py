"""Paced API calls: rate limits, worker threads, backoff and the monthly quota."""
