"""Non-interference: two worlds that differ only in something hidden answer every request alike (`make leaks`)."""
