"""The login form: finds an app, checks it, and keeps profiles."""
