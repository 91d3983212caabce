"""Is this installation as it should be? One function for each question; what each found, and how to mend it."""
