"""How values look in pages: one drawing per kind, for lists and for record pages."""
