"""`flow.deploy(…)` and `deploy(…)`: deployments made by Python code, and told about on its terminal."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.deployments.deployment_plan import DeploymentPlan
from penstock.sdk.deployments.entrypoints import is_loading
from penstock.sdk.deployments.flow_deployment import FlowDeployment
from penstock.sdk.deployments.publishing import Published, check, publish
from penstock.sdk.deployments.server_client import server_client
from penstock.sdk.engine.colours import Colour
from penstock.settings import load_settings


class Telling(NamedTuple):
    """What is printed about a deployment that was made."""

    next_steps: bool = True
    warnings: bool = True


class Image(NamedTuple):
    """The image that runs are started from, and whether it is to be made first."""

    name: Any = None
    build: bool = True

    def check(self) -> str | None:
        """The image's name. Raises `InvalidInput` where it would have to be built."""
        if self.name is None:
            return None
        if not isinstance(self.name, str):
            kind = type(self.name).__name__
            raise InvalidInput(f"image must be an image's name, not a {kind}.", field="image")
        if self.build:
            raise InvalidInput(
                f"The image {self.name!r} would have to be built, which is not done here.",
                field="image",
                hint="Build it yourself, and give build=False.",
            )
        return self.name


def deploy(
    *deployments: FlowDeployment,
    work_pool_name: str | None = None,
    image: str | None = None,
    build: bool = True,
    push: bool = True,  # noqa: ARG001 - what is not built is not pushed
    print_next_steps_message: bool = True,
    ignore_warnings: bool = False,
) -> list[UUID]:
    """Create or update several deployments, as `flow.to_deployment(…)` makes them. All are checked first.

    In a coroutine, or an asynchronous flow, await it.

    Args:
        work_pool_name: For those that name none: the setting `deployments.default_work_pool_name`.
        image: The image that their runs are started from; with `build=False`.
        print_next_steps_message: Print what was created, and the commands that come next.
        ignore_warnings: Don't print warnings.

    Raises:
        NotFound: There is no such work pool. Nothing was created.
        InvalidInput: Something about them cannot be used; names it. Nothing was created.
        ServerUnreachable: No server answers.
    """
    telling = Telling(print_next_steps_message, not ignore_warnings)
    colour = caller_colour()
    return finished(
        deploy_all(deployments, colour, work_pool_name, Image(image, build), telling),
        colour,
    )


async def deploy_all(
    deployments: Sequence[FlowDeployment],
    colour: Colour,
    work_pool_name: str | None = None,
    image: Image = Image(),  # noqa: B008 - it cannot change
    telling: Telling = Telling(),  # noqa: B008
) -> list[UUID]:
    """Create deployments, in either colour; what `deploy` does."""
    if is_loading():
        raise InvalidInput(
            "deploy() is called by a file that is only loaded, to find a flow in it.",
            hint='Put the call under `if __name__ == "__main__":`.',
        )
    settings = load_settings()
    pool = work_pool_name or settings.deployments.default_work_pool_name
    placed = [_placed(each, pool, image.check()) for each in deployments]
    made = []
    with server_client(settings, colour) as client:
        for checked in await check(placed, client):
            made.append(await publish(checked, client))
            tell(made[-1], telling)
    return [each.id for each in made]


def _placed(deployment: FlowDeployment, pool: str | None, image: str | None) -> FlowDeployment:
    plan = deployment.plan
    name = plan.work_pool_name or pool
    if name is None:
        raise InvalidInput(
            f"{deployment.full_name} needs a work pool.",
            field="work_pool_name",
            hint="Give work_pool_name, or run it in this process with flow.serve(...).",
        )
    placed: DeploymentPlan = msgspec.structs.replace(plan, work_pool_name=name)
    return FlowDeployment(placed.overridden({"image": image} if image else None), deployment.flow)


def tell(published: Published, telling: Telling) -> None:
    """Print what became of a deployment: what was made to stdout, warnings to stderr."""
    if telling.warnings:
        _print(sys.stderr, (f"Warning: {warning}" for warning in published.warnings))
    if telling.next_steps:
        verb = "Created" if published.created else "Updated"
        lines = [f"{verb} deployment {published.name} ({published.id}).", "Next:"]
        _print(sys.stdout, [*lines, *(f"  {command}" for command in published.next_steps)])


def _print(stream: Any, lines: Iterable[str]) -> None:
    for line in lines:
        stream.write(f"{line}\n")
    stream.flush()
