"""Collections: who may use them, the API roots that lead to them, and what becomes of posts to them."""
