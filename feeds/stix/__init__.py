"""STIX on the wire: split what arrives, read its facts, judge it by schemas of our own, build what we publish."""
