"""The secretariat's inbox: what waits, who has it, what came by telephone, what nobody reported."""
