"""`penstock profile`: named sets of settings, one of which is active."""

from typing import Any

import click

from penstock.cli.command import Noun, argument, nearest, output_option
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import confirm, current_place
from penstock.domain.errors import AlreadyExists, Conflict, NotFound
from penstock.settings import Secret
from penstock.settings.catalog import ALIAS_PREFIX, PREFIX, names_by_variable, specs
from penstock.settings.profiles import BUILT_IN, Profiles


@click.group("profile", cls=Noun)
def profile() -> None:
    """Switch between sets of settings."""


@profile.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List the profiles; the one in force is marked."""
    place = current_place()
    if as_json:
        show_json([{"name": name, "active": name == place.profile} for name in place.profiles.by_name])
    else:
        rows = [("*" if name == place.profile else "", name) for name in place.profiles.by_name]
        show_table(("", "Profile"), rows)


@profile.command("create")
@argument("name", help="Name of the new profile.")
@click.option("--from", "source", metavar="PROFILE", help="Start with the values of this one.")
def create(name: str, source: str | None) -> None:
    """Make a profile."""
    profiles = current_place().profiles
    if name in profiles.by_name:
        message = f"There is a profile {name!r} already."
        raise AlreadyExists(message, hint=f"Use it by `penstock profile use {name}`.")
    values = dict(_existing(profiles, source)) if source else {}
    profiles.holding(name, values).save()
    show(f"Created profile {name!r}.")
    note(f"Use it by `penstock profile use {name}`, or once by `penstock --profile {name} ...`.")


@profile.command("use")
@argument("name", help="Name of the profile.")
def use(name: str) -> None:
    """Make a profile the active one."""
    profiles = current_place().profiles
    _existing(profiles, name)
    profiles.using(name).save()
    show(f"{name!r} is active now.")


@profile.command("delete")
@argument("name", help="Name of the profile.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a profile that is not in force."""
    place = current_place()
    profiles = place.profiles
    _existing(profiles, name)
    if name in (place.profile, profiles.active):
        message = f"Profile {name!r} is in use."
        raise Conflict(message, hint="Use another one first: `penstock profile use ephemeral`.")
    if not profiles.by_name[name] and name in BUILT_IN:
        message = f"Profile {name!r} is built in and empty."
        raise Conflict(message, hint="There is nothing to delete.")
    confirm(f"Delete profile {name!r}?", yes=yes)
    profiles.without(name).save()
    show(f"Deleted profile {name!r}.")


@profile.command("rename")
@argument("name", help="Name of the profile.")
@argument("new_name", help="Its new name.")
def rename(name: str, new_name: str) -> None:
    """Give a profile another name."""
    profiles = current_place().profiles
    values = _existing(profiles, name)
    if new_name in profiles.by_name:
        message = f"There is a profile {new_name!r} already."
        raise AlreadyExists(message)
    renamed = profiles.without(name).holding(new_name, values)
    (renamed.using(new_name) if profiles.active == name else renamed).save()
    show(f"Renamed profile {name!r} to {new_name!r}.")


@profile.command("inspect")
@argument("name", required=False, help="Name of the profile; the one in force where none is given.")
@output_option
def inspect(name: str | None, as_json: bool) -> None:
    """Print what a profile sets."""
    place = current_place()
    values = _existing(place.profiles, name or place.profile)
    shown = {variable: _masked(variable, value) for variable, value in values.items()}
    if as_json:
        show_json(shown)
    else:
        show_table(
            ("Setting", "Value"), shown.items(), empty=f"Profile {name or place.profile!r} sets nothing."
        )


def _existing(profiles: Profiles, name: str) -> dict[str, str]:
    if name not in profiles.by_name:
        message = f"There is no profile {name!r}.{nearest(name, profiles.by_name)}"
        raise NotFound(message, hint=f"There are: {', '.join(profiles.by_name)}.")
    return profiles.by_name[name]


def _masked(variable: str, value: str) -> Any:
    own = PREFIX + variable.removeprefix(ALIAS_PREFIX).removeprefix(PREFIX)
    found = names_by_variable().get(own)
    return Secret.MASK if found and specs()[found].secret else value
