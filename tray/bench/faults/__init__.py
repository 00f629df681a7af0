"""What `scribelet bench --faults` does to the program, and what has to be left of it."""
