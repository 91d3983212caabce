"""Pages that are not about one object: signing in, searching, preferences, the dashboard."""
