"""Pagewright: engine."""
