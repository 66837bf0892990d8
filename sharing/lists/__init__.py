"""Named lists: whom an organization's reporters name in their reports.

A list is its organization's own: nobody else learns that it exists, who is on it, or that a name was taken off.
"""
