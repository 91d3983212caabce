"""Assignment: which rule takes a record that came in, and who of its people gets it."""
