"""The tests. Folders follow what is promised, not how it is built; names are sentences."""
