"""Pagewright: engine/image."""
