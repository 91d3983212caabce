"""Pages: server-rendered, parts loaded in place; everything works without a script."""
