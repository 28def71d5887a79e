"""Which environment variables the code of a flow reads, as far as its file tells."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any

from penstock.domain.env_scan import MAX_SOURCE, EnvironmentRead, environment_reads
from penstock.sdk.flows import Flow


def scan(flow: Flow[..., Any]) -> tuple[EnvironmentRead, ...]:
    """What the flow's file reads, but for what stands in other flows that this one does not call."""
    function = inspect.unwrap(flow.fn)
    try:
        file = inspect.getsourcefile(function)
        if file is None:
            return ()
        with open(file, encoding="utf-8") as source:  # noqa: PTH123 - only so far is read
            reads = environment_reads(source.read(MAX_SOURCE + 1))
        others = list(_lines_of_others(function))
    except (OSError, TypeError, ValueError):
        return ()
    return tuple(read for read in reads if not any(read.line in lines for lines in others))


def _lines_of_others(function: Any) -> Iterator[range]:
    """The lines of the flows that stand beside a function and whose names it does not mention."""
    names = getattr(getattr(function, "__code__", None), "co_names", ())
    module = sys.modules.get(function.__module__)
    for name, value in vars(module).items() if module else ():
        if isinstance(value, Flow) and name not in names:
            other = inspect.unwrap(value.fn)
            if other is not function and other.__module__ == function.__module__:
                lines, first = inspect.getsourcelines(other)
                yield range(first, first + len(lines))
