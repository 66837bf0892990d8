"""STIX on the wire: split what arrives, read its facts, judge it by schemas of our own; write what goes out."""
