"""One thin command for each stage of dvc.yaml.

Begun as `python -m pipeline.stages.<stage>`, with the socket of a warm parent in `DETOUR_WARM`, a stage hands itself over
(`pipeline.warm`) here, before it has imported anything. Otherwise it goes on, cold.
"""

import gc
import os
import sys

# While `python -m` looks for its module, this is its name.
if sys.argv[0] == "-m":
    if os.environ.get("DETOUR_WARM", "") not in ("", "off"):
        from pipeline.warm.client import hand_over

        hand_over(os.environ["DETOUR_WARM"])
    # Importing torch and transformers makes a million objects and no garbage: looking for some at Python's usual intervals
    # takes a seventh of a cold start.
    gc.set_threshold(50_000, 20, 20)
