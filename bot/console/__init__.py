"""Pagewright: bot/console."""
