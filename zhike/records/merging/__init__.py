"""Several records become one, and may be taken apart again."""
