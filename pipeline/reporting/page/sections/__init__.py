"""What the report says, section by section; each is a function of `Inputs`."""
