"""Pages of a secretariat's desk: its inbox, calls, cases, shifts, proposals, the situation board."""
