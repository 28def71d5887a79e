"""`penstock config`: what is set, where each value comes from, and changing the active profile."""

from pathlib import Path
from typing import Any

import click

from penstock.cli.command import Noun, argument, nearest, output_option
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import confirm, current_place, current_settings
from penstock.domain.errors import NotFound
from penstock.settings import Place, Secret, SettingInvalid, Settings
from penstock.settings.catalog import ALIAS_PREFIX, PREFIX, Spec, names_by_variable, specs

# Where the home and the profile are chosen cannot be said in a profile.
_NOT_IN_PROFILES = ("home", "profile")


@click.group("config", cls=Noun)
def config() -> None:
    """View and change settings, and where each one comes from."""


@config.command("view")
@click.option("--show-defaults/--hide-defaults", default=False, help="Also what nobody has set.")
@click.option("--show-sources/--hide-sources", default=True, help="Say where each value was found.")
@click.option("--show-secrets/--hide-secrets", default=False, help="Print passwords and keys in clear.")
@output_option
def view(*, show_defaults: bool, show_sources: bool, show_secrets: bool, as_json: bool) -> None:
    """Print the settings that are in force."""
    settings = current_settings()
    chosen = [spec for name, spec in specs().items() if show_defaults or name in settings.origins]
    values = {spec.variable: _shown(settings, spec, in_clear=show_secrets) for spec in chosen}
    if as_json:
        sources = {spec.variable: _origin(settings, spec) for spec in chosen}
        document = {"profile": settings.profile, "settings": values}
        show_json(document | {"sources": sources} if show_sources else document)
        return
    note(f"Profile: {settings.profile}")
    rows = [(spec.variable, values[spec.variable], _origin(settings, spec)) for spec in chosen]
    columns = ("Setting", "Value", "Source")
    count = 3 if show_sources else 2
    show_table(columns[:count], [row[:count] for row in rows], empty="Nothing is set; all is as by default.")


@config.command("set")
@argument("settings", nargs=-1, required=True, metavar="NAME=VALUE...", help="What to set, and to what.")
def set_(settings: tuple[str, ...]) -> None:
    """Set values in the active profile. Names may be given in full or dotted: server.api.port=4300."""
    place = current_place()
    given = dict(_assignment(text) for text in settings)
    for spec, value in given.items():
        spec.convert(value, "the command line")
    values = _without(_values(place), list(given)) | {spec.variable: text for spec, text in given.items()}
    place.profiles.holding(place.profile, values).save()
    for spec, value in given.items():
        show(f"Set {spec.variable} to {Secret.MASK if spec.secret else repr(value)} in {place.profile!r}.")
        _note_what_hides(place, spec)


@config.command("unset")
@argument("setting_names", nargs=-1, required=True, metavar="NAME...", help="What to forget.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def unset(setting_names: tuple[str, ...], yes: bool) -> None:
    """Take values out of the active profile."""
    place = current_place()
    chosen = [_spec(name) for name in setting_names]
    values = _values(place)
    kept = _without(values, chosen)
    absent = [spec.variable for spec in chosen if not any(_is(name, spec) for name in values)]
    if absent:
        message = f"{', '.join(absent)}: not set in profile {place.profile!r}."
        raise SettingInvalid(message, hint="`penstock config view` shows what is set, and where.")
    names = ", ".join(spec.variable for spec in chosen)
    confirm(f"Take {names} out of profile {place.profile!r}?", yes=yes)
    place.profiles.holding(place.profile, kept).save()
    show(f"Took {names} out of {place.profile!r}.")
    for spec in chosen:
        _note_what_hides(place, spec)


@config.command("validate")
def validate() -> None:
    """Read all sources, and say what is wrong with them."""
    settings = current_settings()
    count = len(settings.origins)
    show(f"{count} settings in force, profile {settings.profile!r}, {len(settings.warnings)} warnings.")


def _assignment(text: str) -> tuple[Spec, str]:
    name, equals, value = text.partition("=")
    if not equals:
        message = f"{text!r} is not NAME=VALUE."
        raise click.UsageError(message, click.get_current_context())
    return _spec(name), value


def _spec(name: str) -> Spec:
    """The setting called `name`: a variable with either prefix, or dotted."""
    own = PREFIX + name.upper().removeprefix(PREFIX).removeprefix(ALIAS_PREFIX).replace(".", "_")
    found = names_by_variable().get(own)
    if found in _NOT_IN_PROFILES:
        message = f"{own} cannot be set in a profile."
        raise SettingInvalid(message, hint=f"Set the environment variable {own}.")
    if found is None:
        near = nearest(name, specs()) if "." in name else nearest(own, names_by_variable())
        message = f"{name} is not a setting.{near}"
        raise SettingInvalid(message, hint="`penstock config view --show-defaults` lists them all.")
    return specs()[found]


def _is(variable: str, spec: Spec) -> bool:
    own = PREFIX + variable.removeprefix(ALIAS_PREFIX).removeprefix(PREFIX)
    return names_by_variable().get(own) == spec.name


def _without(values: dict[str, str], chosen: list[Spec]) -> dict[str, str]:
    return {name: text for name, text in values.items() if not any(_is(name, spec) for spec in chosen)}


def _values(place: Place) -> dict[str, str]:
    if place.profile not in place.profiles.by_name:
        message = f"There is no profile {place.profile!r}."
        raise NotFound(message, hint=f"Make it by `penstock profile create {place.profile}`.")
    return place.profiles.by_name[place.profile]


def _note_what_hides(place: Place, spec: Spec) -> None:
    if spec.name in place.found:
        note(f"Not in force, though: {place.found[spec.name].origin} goes before the profile.")


def _origin(settings: Settings, spec: Spec) -> str:
    return settings.origins.get(spec.name, "default")


def _shown(settings: Settings, spec: Spec, *, in_clear: bool) -> Any:
    value: Any = settings
    for part in spec.path:
        value = getattr(value, part)
    if isinstance(value, Secret):
        return value.reveal() if in_clear else str(value)
    return str(value) if isinstance(value, Path) else value
