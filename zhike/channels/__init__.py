"""The outside world: mail, messages, webhooks out, calendars; adapters behind small protocols."""
