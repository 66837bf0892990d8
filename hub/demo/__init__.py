"""Holds the demo's fictional world: organizations, people, a year of reports, indicators and provisions."""
