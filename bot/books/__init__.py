"""Pagewright: bot/books."""
