"""Numbers computed from records: forecast, value, risk, likeness."""
