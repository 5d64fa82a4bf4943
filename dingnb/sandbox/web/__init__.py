"""The sandbox's web server."""
