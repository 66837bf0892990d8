"""What arrives: a post is judged at the border, held against what its poster sees, and taken in."""
