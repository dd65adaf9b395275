"""What the records of one revision say of its gains and cells, and what tells two cells apart, from git alone."""
