"""How a publication is made: what is new in it, who may see it, and writing it down."""
