"""What happens by itself: the worker behind the outbox, and schedules."""
