"""Where models come from: pulled, copied from a mirror, imported, and held against vectors."""
