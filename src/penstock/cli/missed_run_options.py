"""The options that say what becomes of a schedule's runs that nobody took in time."""

from collections.abc import Callable
from typing import TypeVar

import click

from penstock.domain.catch_up import CatchUp

R = TypeVar("R")


def missed_run_options(function: Callable[..., R]) -> Callable[..., R]:
    """`--catch-up` and `--max-lateness`, as `catch_up` and `max_lateness`; None where nothing is said."""
    catch_up = click.option(
        "--catch-up",
        type=click.Choice([each.value for each in CatchUp]),
        help="Which runs that nobody took in time are run.",
    )
    max_lateness = click.option(
        "--max-lateness",
        type=click.FloatRange(0, 1e9, min_open=True),
        metavar="SECONDS",
        help="How late they may start.",
    )
    return catch_up(max_lateness(function))
