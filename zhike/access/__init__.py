"""Who may do what: roles, object and field rights, row scopes, and how people sign in."""
