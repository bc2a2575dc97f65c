"""Pagewright: engine/text."""
