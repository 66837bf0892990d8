"""A report as lines, each a name and a value, for pages and papers; and what two of them differ by."""
