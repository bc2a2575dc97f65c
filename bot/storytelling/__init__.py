"""Pagewright: bot/storytelling."""
