"""What an object is: specs, kinds, layouts and the registry. Pure Python: no Django, no database."""
