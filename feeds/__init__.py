"""The outside world: STIX, TAXII and forms. What arrives here meets the same rules as what is typed."""
