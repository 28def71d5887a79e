"""What `penstock deploy` prints: a line a deployment, warnings, errors, and the commands that come next."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import click
import msgspec

from penstock.cli.explanation import show_explanation
from penstock.cli.pages import page_url
from penstock.cli.render import note, show, show_fields, show_json, warn
from penstock.domain.deployment_triggers import names_of
from penstock.domain.errors import InvalidInput
from penstock.sdk.deployments.diagnostics import Diagnostic, ProjectInvalid
from penstock.sdk.deployments.gathering import DeploymentsInvalid
from penstock.sdk.deployments.publishing import Checked, Published
from penstock.settings import Settings


class Report:
    """Tells each thing once, as soon as it is known."""

    def __init__(self, settings: Settings, *, as_json: bool) -> None:
        self._settings, self._as_json = settings, as_json
        self._told: set[str] = set()
        self._published: list[Published] = []

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Where several things are wrong, tell each on a line of its own, and then how many they are."""
        try:
            yield
        except ProjectInvalid as error:
            self.tell_diagnostics(each for each in error.diagnostics if not each.is_error)
            self._refuse(error, [str(each) for each in error.diagnostics if each.is_error])
        except DeploymentsInvalid as error:
            self._refuse(error, [str(each) for each in error.problems])

    def _refuse(self, error: InvalidInput, problems: Sequence[str]) -> None:
        if len(problems) == 1:
            raise error
        for problem in problems:
            click.echo(f"Error: {problem}", err=True)
        message = f"There are {len(problems)} errors. Nothing was deployed."
        raise InvalidInput(message) from error

    def tell_diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Warn of what is doubtful about a deployment file."""
        for diagnostic in diagnostics:
            self._warn(str(diagnostic))

    def tell_warnings(self, checked: Checked) -> None:
        """Warn of what is doubtful about a deployment, if it was not told yet."""
        self._warn_about(checked.deployment.full_name, checked.warnings)

    def _warn_about(self, name: str, warnings: Iterable[str]) -> None:
        for warning in warnings:
            if warning not in self._told:
                self._warn(f"{name}: {warning}")

    def _warn(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            warn(text)

    def add(self, published: Published) -> None:
        """A deployment was created, or updated."""
        self._warn_about(published.name, published.warnings)
        self._published.append(published)
        if not self._as_json:
            show(f"{'Created' if published.created else 'Updated'} {published.name} ({published.id})")

    def finish(self) -> None:
        """Print the document, or the commands that come next."""
        if self._as_json:
            show_json(self._published)
            return
        commands = dict.fromkeys(step for each in self._published for step in each.next_steps)
        if commands:
            note("Next:")
        for command in commands:
            note(f"  {command}")
        if self._published:
            the_only_one = [each.id for each in self._published] if len(self._published) == 1 else []
            note(f"View: {page_url(self._settings, 'deployments', *the_only_one)}")

    def show_checked(self, checked: Sequence[Checked]) -> None:
        """Print what would be created."""
        if self._as_json:
            show_json([_document(each) for each in checked])
            return
        for each in checked:
            shown = {str(problem) for problem in each.explanation.job.warnings} if each.explanation else set()
            self._warn_about(each.deployment.full_name, [text for text in each.warnings if text not in shown])
            _show(each)
        note("Nothing was created: this was a dry run, without build and push steps.")


def _document(checked: Checked) -> dict[str, object]:
    plan = checked.deployment.plan
    left_out = {"directory", "warnings", "flow_name"}
    own = {name: getattr(plan, name) for name in plan.__struct_fields__ if name not in left_out}
    return {
        **own,
        "flow_name": checked.deployment.flow_name,
        "warnings": checked.warnings,
        "explanation": checked.explanation,
    }


def _show(checked: Checked) -> None:
    plan = checked.deployment.plan
    show(checked.deployment.full_name)
    fields = {
        "Entrypoint": plan.entrypoint,
        "Work pool": plan.work_pool_name,
        "Work queue": plan.work_queue_name,
        "Schedules": [msgspec.json.encode(each.schedule).decode() for each in plan.schedules],
        "Parameters": plan.parameters,
        "Triggers": names_of(checked.triggers, plan.name),
        "Tags": plan.tags,
        "Pull steps": [name for step in plan.pull_steps for name in step],
    }
    show_fields({name: value for name, value in fields.items() if value})
    if checked.explanation is not None:
        show_explanation(checked.explanation)
