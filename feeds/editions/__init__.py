"""Editions of reports as STIX: what the hub writes of a report, from plain values to finished objects."""
