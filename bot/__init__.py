"""Pagewright: bot."""
