"""REST under ``/api/v1``: every object, shipped or custom, read and written through the two doors."""
