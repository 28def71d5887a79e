"""A program that takes slots of a limit again and again, and writes down when it had some.

    python slot_client.py LIMIT LOG ROUNDS SECONDS

Each line of the log is one stay: when it began and ended, by the clock that all processes share. What stands
there is less than what was really held, so that two lines overlap only where two held slots at once.
"""

import os
import sys
import time

from penstock.concurrency.sync import concurrency


def main() -> None:
    limit, log, rounds, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(rounds):
        with concurrency(limit, lease_duration=2):
            began = time.monotonic()
            os.write(file, f"begin {os.getpid()} {began}\n".encode())
            time.sleep(seconds)
            os.write(file, f"end {os.getpid()} {began} {time.monotonic()}\n".encode())


if __name__ == "__main__":
    main()
