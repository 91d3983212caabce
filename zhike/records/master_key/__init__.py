"""Turning the company's master key while everybody works: where wrapped keys lie, wrapping anew, dropping the old one."""
