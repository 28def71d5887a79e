"""Names of runs, from a template or a function that the user gave."""

from collections.abc import Callable, Mapping
from typing import Any

from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean, generate_name

RunName = str | Callable[..., str]


def run_name(source: RunName | None, parameters: Mapping[str, Any], *, field: str) -> str:
    """The name of a run with `parameters`; two friendly words where no `source` is given.

    Args:
        source: A template such as `load-{table}`, or a function that returns the name; one that has a
            parameter `parameters` gets them.
        field: How the option is called, for errors: `flow_run_name`.

    Raises:
        InvalidInput: The template asks for a parameter that does not exist, or the function returned no text.
    """
    if source is None:
        return generate_name()
    if isinstance(source, str):
        return _fill_in(source, parameters, field)
    name = source(parameters=dict(parameters)) if _takes_parameters(source) else source()
    if not isinstance(name, str):
        raise InvalidInput(
            f"The function given as {field} returned {name!r}.", field=field, hint="It must return text."
        )
    return name


def _takes_parameters(source: Callable[..., str]) -> bool:
    code = getattr(source, "__code__", None)
    return code is not None and "parameters" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _fill_in(template: str, parameters: Mapping[str, Any], field: str) -> str:
    try:
        return template.format(**parameters)
    except (KeyError, IndexError, AttributeError, ValueError, TypeError) as error:
        missing = _unknown_names(template, parameters)
        reason = f"there is no parameter {missing[0]!r}" if missing else str(error)
        suggestion = did_you_mean(missing[0], parameters) if missing else ""
        raise InvalidInput(
            f"{field} {template!r} cannot be filled in: {reason}.", field=field, hint=suggestion or None
        ) from error


def _unknown_names(template: str, parameters: Mapping[str, Any]) -> list[str]:
    import string  # only where a template cannot be filled in

    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
    except ValueError:
        return []
    names = [field.partition(".")[0].partition("[")[0] for field in fields]
    return [name for name in names if name not in parameters]
