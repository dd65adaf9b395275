"""Any number of experiments against one baseline: what is compared, averaged over seeds, and what it is worth."""
