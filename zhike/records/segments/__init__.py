"""Segments: records a filter finds, kept as members and changed with every write."""
