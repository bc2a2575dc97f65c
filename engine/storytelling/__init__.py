"""Pagewright: engine/storytelling."""
