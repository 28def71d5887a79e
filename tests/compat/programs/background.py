"""Tasks that are called here and run there."""

import multiprocessing
from pathlib import Path

from prefect import flow, task
from prefect.task_worker import serve


@task(persist_result=True)
def double(x):
    return 2 * x


@task(persist_result=True, retries=1, retry_delay_seconds=0)
def once(name):
    tried = Path(name)
    if not tried.exists():
        tried.touch()
        raise ValueError("first")
    return "second"


@flow
def inside():
    return double.delay(21).result(timeout=60)


def run_tasks():
    serve(double, once)


if __name__ == "__main__":
    early = double.delay(1)
    worker = multiprocessing.get_context("spawn").Process(target=run_tasks)
    worker.start()
    try:
        assert early.result(timeout=90) == 2
        futures = [double.delay(i) for i in range(10)]
        assert [future.result(timeout=60) for future in futures] == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
        assert once.delay("tried").result(timeout=60) == "second"
        assert inside() == 42
    finally:
        worker.terminate()
        worker.join(30)
    print("all well")
