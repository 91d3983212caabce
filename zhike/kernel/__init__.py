"""Ideas every layer shares: actor, clock, words, errors, changes. Standard library only."""
