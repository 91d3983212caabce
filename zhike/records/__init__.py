"""The doors: everything that reads or changes a record goes through here, and nothing goes around."""
