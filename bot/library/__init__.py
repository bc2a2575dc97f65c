"""Pagewright: bot/library."""
