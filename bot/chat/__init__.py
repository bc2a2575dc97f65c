"""What Discord and Telegram have in common: a page's message as it grows, and its words."""
