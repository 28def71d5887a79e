"""Caching, results and transactions: what one run keeps, another finds."""

import time
from datetime import timedelta
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE
from prefect.transactions import transaction

calls = []
undone = []


@task(cache_policy=INPUTS, persist_result=True)
def cached(x):
    calls.append(x)
    return x + 1


@task(cache_policy=INPUTS + TASK_SOURCE, cache_expiration=timedelta(seconds=0.01), persist_result=True)
def stale(x):
    calls.append(("stale", x))
    return x


@task(cache_key_fn=lambda context, parameters: "fixed", persist_result=True)
def keyed(x):
    calls.append(("keyed", x))
    return x


@task(persist_result=True)
def write(name):
    Path(name).write_text("there")
    return name


@write.on_rollback
def unwrite(txn):
    undone.append("write")
    Path("made.txt").unlink()


@task
def breaks():
    raise ValueError("no")


@flow
def caching():
    state = cached(1, return_state=True)
    again = cached(1, return_state=True)
    assert (state.name, again.name) == ("Completed", "Cached"), (state, again)
    assert keyed(1) == keyed(2) == 1
    stale(1)
    time.sleep(0.1)
    stale(1)
    return state.result() + again.result()


@flow
def all_or_nothing():
    with transaction():
        write("made.txt")
        assert Path("made.txt").exists()
        breaks()


@flow
def keeps():
    with transaction(key="kept") as txn:
        if txn.is_committed():
            return "found"
        txn.stage("made")
    return "made"


@flow(persist_result=True)
def result_of_flow():
    return {"a": [1, 2]}


if __name__ == "__main__":
    assert caching() == 4
    assert calls == [1, ("keyed", 1), ("stale", 1), ("stale", 1)], calls
    assert all_or_nothing(return_state=True).is_failed()
    assert undone == ["write"] and not Path("made.txt").exists()
    assert keeps() == "made"
    state = result_of_flow(return_state=True)
    assert state.result() == {"a": [1, 2]}
    print("all well")
