"""A flow whose infrastructure tells it where it runs: two environment variables, one handed to a task."""

import os

from penstock import flow, task


@task
def greet(audience: str) -> str:
    print(f"Hello, {audience}!")
    return audience


@flow(log_prints=True)
def some_work() -> None:
    environment = os.environ.get("EXECUTION_ENVIRONMENT", "nowhere")
    print(f"EXECUTION_ENVIRONMENT={environment}")
    print(f"MY_NOT_SO_SECRET_CONFIG={os.environ.get('MY_NOT_SO_SECRET_CONFIG', 'nothing')}")
    greet(environment)


if __name__ == "__main__":
    some_work()
