"""The Discord front-end."""
