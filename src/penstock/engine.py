"""Runs one flow run in this process: `python -m penstock.engine [FLOW_RUN_ID]`."""

import sys

from penstock.sdk.engine.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
