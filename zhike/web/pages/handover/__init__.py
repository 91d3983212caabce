"""Pages of a handover: the package, what a successor received, the message to a customer, the watch list."""
