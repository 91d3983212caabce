"""What zhike check and the health page find."""
