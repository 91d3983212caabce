"""Who works here: departments, users, roles and what roles may do."""
