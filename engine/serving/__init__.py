"""Pagewright: engine/serving."""
