"""What flows can do about deployments: the side of `Flow`'s methods that is loaded when one is called."""

import os
from typing import TYPE_CHECKING, Any
from uuid import UUID

from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.deployments.deploying import Image, Telling, deploy_all
from penstock.sdk.deployments.flow_deployment import FlowDeployment
from penstock.sdk.deployments.flow_options import (
    DeploymentOptions,
    DeployOptions,
    PooledOptions,
    ServedOptions,
    deployment_of,
)
from penstock.sdk.deployments.flow_source import flow_from_source
from penstock.sdk.deployments.sources import Source
from penstock.sdk.engine.colours import SUSPENDING, Colour

if TYPE_CHECKING:
    from penstock.sdk.flows import Flow

_HOW = DeployOptions.__annotations__.keys() - PooledOptions.__annotations__.keys()
"""Options of deploying, and not of the deployment."""


def from_source(source: str | os.PathLike[str] | Source, entrypoint: str) -> "Flow[..., Any]":
    """`Flow.from_source`; in a coroutine, something to await."""
    colour = caller_colour()
    return finished(_from_source(source, entrypoint, colour), colour)


async def afrom_source(source: str | os.PathLike[str] | Source, entrypoint: str) -> "Flow[..., Any]":
    """`Flow.afrom_source`."""
    return await _from_source(source, entrypoint, SUSPENDING)


async def _from_source(
    source: str | os.PathLike[str] | Source, entrypoint: str, colour: Colour
) -> "Flow[..., Any]":
    return await colour.offload(flow_from_source, source, entrypoint)


def to_deployment(flow: "Flow[..., Any]", name: str, options: DeploymentOptions) -> FlowDeployment:
    """`Flow.to_deployment`."""
    return deployment_of(flow, name, options, what="to_deployment()")


def to_served(flow: "Flow[..., Any]", name: str, options: ServedOptions) -> FlowDeployment:
    """What `Flow.serve` serves."""
    return deployment_of(flow, name, options, what="serve()", known=ServedOptions)


def deploy(
    flow: "Flow[..., Any]", name: str, pool: str | None, image: str | None, options: DeployOptions
) -> UUID:
    """`Flow.deploy`; in a coroutine, something to await."""
    colour = caller_colour()
    return finished(_deploy(flow, name, pool, image, options, colour), colour)


async def adeploy(
    flow: "Flow[..., Any]", name: str, pool: str | None, image: str | None, options: DeployOptions
) -> UUID:
    """`Flow.adeploy`."""
    return await _deploy(flow, name, pool, image, options, SUSPENDING)


async def _deploy(
    flow: "Flow[..., Any]",
    name: str,
    pool: str | None,
    image: str | None,
    options: DeployOptions,
    colour: Colour,
) -> UUID:
    how = {key: options.get(key) for key in _HOW}
    about = {key: value for key, value in options.items() if key not in how}
    deployment = deployment_of(
        flow, name, {**about, "work_pool_name": pool}, what="deploy()", strict=bool(how["strict"])
    )
    telling = Telling(how["print_next_steps"] is not False, not how["ignore_warnings"])
    wanted = Image(image, how["build"] is not False)
    [made] = await deploy_all([deployment], colour, image=wanted, telling=telling)
    return made
