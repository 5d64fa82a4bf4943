"""Reports and charts of campaigns."""
