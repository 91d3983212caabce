"""What people write down and do about records: follow-ups, tasks, notes, files."""
