"""Fine-tuning over torch and transformers alone."""
