"""Tables in and out of files."""
