"""Facts about the run that the calling code is in: `runtime.flow_run.name`, `runtime.task_run.id`, ….

Outside any run they are None or empty. `PENSTOCK__RUNTIME__FLOW_RUN__NAME` and the like override them.
"""

from penstock.runtime import deployment, flow_run, task_run

__all__ = ["deployment", "flow_run", "task_run"]
