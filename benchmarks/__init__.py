"""Speed and memory of the whole house, measured as a user meets them: ``make bench``."""
