"""The login form: finds an app, checks it, and saves profiles."""
