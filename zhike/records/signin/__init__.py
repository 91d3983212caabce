"""Coming in: by password, second step, passkey or provider; forgetting the password; what an administrator can do about it."""
