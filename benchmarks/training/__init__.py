"""How fast, how small and how alike the training core is beside transformers' Trainer."""
