"""Signatures: made and judged on posts of publishers, and made by the hub on what it wrote itself."""
