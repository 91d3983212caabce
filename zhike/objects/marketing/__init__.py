"""Whom to address: segments."""
