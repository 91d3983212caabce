"""Who is alike: comparisons, keys, and the duplicates they find."""
