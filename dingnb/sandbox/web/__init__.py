"""The sandbox as a web server."""
