"""The privacy desk: consents, one person's data found and given out or erased, who read what, and what is to be told."""
