"""soak.*: a run under kills; `python -m benchmarks.soak`."""
