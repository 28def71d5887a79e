"""Run an empty flow repeatedly in one process; print what a run after the first costs."""

import importlib
import json
import sys
import time

sdk = importlib.import_module(sys.argv[1])
runs = int(sys.argv[2])


@sdk.flow
def empty():
    return 1


empty()
cpu, wall = time.process_time(), time.perf_counter()
for _ in range(runs):
    empty()
cost = {"cpu": (time.process_time() - cpu) / runs, "wall": (time.perf_counter() - wall) / runs}
print(json.dumps(cost))
