"""The whole database as one file at one instant, and back: a copy of the file on SQLite, tables by COPY on PostgreSQL."""
