"""One module for each group of budgets; each prints a table and writes JSON."""
