"""What people allowed us to do with their data."""
