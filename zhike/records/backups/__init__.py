"""Backups: made while the server runs, tried before they count, kept for a while, sent away, put back."""
