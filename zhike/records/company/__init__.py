"""What the company decided for itself: settings, days, rates, people who come and go."""
