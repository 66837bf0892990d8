"""TAXII 2.1 as bytes and values: what may be asked, in which media types, and what the resources look like."""
