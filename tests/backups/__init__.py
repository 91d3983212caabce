"""Backups: made, tried, kept, sent away, put back."""
