"""The database's migrations: numbered SQL files, each with its reason on top, forward only."""
