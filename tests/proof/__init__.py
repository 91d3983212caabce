"""What is promised about rights and abuse, tried over everything there is."""
