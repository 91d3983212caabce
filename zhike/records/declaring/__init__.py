"""Fields, objects and options made and changed while the company works."""
