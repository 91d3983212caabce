"""Where records live: declared columns, system tables, indexes, secrets, and what differs between the two databases."""
