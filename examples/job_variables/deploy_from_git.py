"""Deploy the flow from a git repository: `python deploy_from_git.py URL`."""

import os
import sys

from penstock import flow

if __name__ == "__main__":
    environment = os.environ.get("EXECUTION_ENVIRONMENT", "somewhere")
    flow.from_source(sys.argv[1], entrypoint="some_work.py:some_work").deploy(
        name="git-deployment",
        work_pool_name="local",
        job_variables={"env": {"EXECUTION_ENVIRONMENT": f"{environment}-git"}},
    )
