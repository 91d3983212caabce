"""What the filter language, formulas, sorts and measures promise, without a database."""
