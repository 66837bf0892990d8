"""Mail: where people are told, of what, and what each may know at the moment when it is sent."""
