"""Figures of the starter pack: pictures by a judge apart, prose by held-out text and wishes."""
