"""What a worker says that it started, held against the job that it was given."""

import shlex
from collections.abc import Mapping

from penstock.domain.job_spec import JobSpec
from penstock.domain.json_values import Json
from penstock.domain.template_changes import Change
from penstock.domain.templates import placeholders


def launch_differences(job: JobSpec, started_as: Mapping[str, Json]) -> list[Change]:
    """Facts about the launch that are not what the job says: `before` is the job's, `after` the launch's.

    Facts that the job says nothing about, such as a process id, are no differences; nor is what the job says
    with a reference, which was filled in at the launch.
    """
    said = {name: job.job_configuration.get(name) for name in started_as}
    return [
        Change(name, said[name], fact)
        for name, fact in started_as.items()
        if said[name] is not None and not _has_reference(said[name]) and not _is_same(said[name], fact)
    ]


def _has_reference(value: Json) -> bool:
    return any(use.is_late for use in placeholders(value))


def _is_same(said: Json, fact: Json) -> bool:
    if isinstance(said, str) and isinstance(fact, list):
        return _arguments(said) == fact
    return bool(said == fact)


def _arguments(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return [command]
