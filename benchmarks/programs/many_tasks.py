"""Run many trivial tasks in one flow, called, submitted or mapped; print the flow run's id and the cost."""

import importlib
import json
import sys
import time

sdk = importlib.import_module(sys.argv[1])
style, count = sys.argv[2], int(sys.argv[3])


@sdk.task
def double(x):
    return 2 * x


@sdk.flow
def many():
    run_id = str(sdk.runtime.flow_run.id)
    if style == "called":
        results = [double(number) for number in range(count)]
    elif style == "submitted":
        results = [future.result() for future in [double.submit(number) for number in range(count)]]
    else:
        results = [future.result() for future in double.map(range(count))]
    assert sum(results) == count * (count - 1)
    return run_id


@sdk.flow
def warm():
    return double(1)


importlib.import_module(f"{sys.argv[1]}.runtime")
warm()
cpu, wall = time.process_time(), time.perf_counter()
run_id = many()
print(json.dumps({"run": run_id, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))
