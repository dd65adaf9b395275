"""The fine-tuned model of one seed of a cell as a Hugging Face folder, checked against what the cell recorded."""
