"""Run a deployment from Python: `python run_by_sdk.py NAME [JOB_VARIABLES]`; prints the id of the run."""

import json
import sys

from penstock.deployments import run_deployment

if __name__ == "__main__":
    name, variables = sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else None
    # timeout=0: return at once, and let the run go its way.
    run = run_deployment(name, timeout=0, job_variables=variables)
    print(run.id)
