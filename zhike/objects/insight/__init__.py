"""Dashboards and what stands on them."""
