"""What leaves the hub on paper: a sheet says what stands there, the press sets it as PDF in a process of its own."""
