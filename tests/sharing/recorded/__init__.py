"""Each writing operation once, by the rooms of `sharing`: what makes everything ready for it, and doing it."""
