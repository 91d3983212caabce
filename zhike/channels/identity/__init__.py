"""Signing in with a company account: one small adapter for each kind of provider, all of one shape."""
