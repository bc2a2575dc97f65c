"""Pagewright: engine/models."""
