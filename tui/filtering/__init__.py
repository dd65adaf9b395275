"""What a person asks of a list of experiments: a filter language, its completion, and columns made of expressions."""
