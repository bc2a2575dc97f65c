"""Pagewright: engine/training."""
