"""Pagewright: engine/data."""
