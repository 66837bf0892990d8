"""What every page stands in: who looks, where to go, and how forms, lists and files are handled."""
