"""Carrying out what plans want done before their deployments are created."""

from collections.abc import Mapping, Sequence

import msgspec

from penstock.domain.json_values import Json
from penstock.domain.templates import Fill
from penstock.sdk.deployments.deployment_plan import DeploymentPlan
from penstock.sdk.deployments.steps import run_steps
from penstock.sdk.deployments.steps_core import Log


def run_build_steps(
    plans: Sequence[DeploymentPlan],
    *,
    environ: Mapping[str, str],
    log: Log,
    references: Fill | None = None,
) -> list[DeploymentPlan]:
    """Run the build and push steps of all plans, and fill in their outputs.

    Plans with the same steps, such as those of the whole file, share one execution. Nothing is created here,
    so that a step that fails (`StepFailed`) leaves no deployment half-made.
    """
    done: dict[bytes, dict[str, Json]] = {}
    finished = []
    for plan in plans:
        steps = [*plan.build_steps, *plan.push_steps]
        key = msgspec.json.encode(steps)
        if key not in done:
            done[key] = run_steps(steps, environ=environ, references=references, log=log)
        finished.append(plan.with_outputs(done[key]))
    return finished
