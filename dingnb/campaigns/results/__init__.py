"""Results: fetching, recording, and frames."""
