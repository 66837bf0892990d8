"""Questions about reports and editions, told as stories."""
