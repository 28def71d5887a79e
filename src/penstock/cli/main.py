"""Where `penstock` enters.

What people ask most often, help and version, is answered from plain data before the command line framework is
loaded, which costs four times as much as starting Python.
"""

import os
import sys

from penstock import __version__
from penstock.cli.nouns import overview

COMPLETES = "_PENSTOCK_COMPLETE"
"""Set by the shell that asks how a command may go on. It gives no arguments then."""


def main() -> None:
    """Run the command in `sys.argv` and leave with its exit code (docs/cli.md lists them)."""
    arguments = sys.argv[1:]
    answer = None if COMPLETES in os.environ else _plain_answer(arguments)
    if answer is not None:
        sys.stdout.write(f"{answer}\n")
        return
    from penstock.cli.root import run

    sys.exit(run(arguments))


def _plain_answer(arguments: list[str]) -> str | None:
    match arguments:
        case [] | ["--help"] | ["-h"]:
            return overview()
        case ["--version"] | ["-v"]:
            return __version__
        case ["version"]:
            from penstock.cli.versions import versions_text

            return versions_text()
    return None


if __name__ == "__main__":
    main()
