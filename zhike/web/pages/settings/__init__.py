"""Settings: one list of places, one frame around them, one file per place."""
