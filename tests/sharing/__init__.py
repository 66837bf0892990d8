"""The verbs and rules, told as stories on real databases."""
