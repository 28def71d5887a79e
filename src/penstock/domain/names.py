"""Names that people give: which characters they may hold, what they probably meant, and friendly new ones."""

import difflib
import random
import re
from collections.abc import Iterable

from penstock.domain.errors import InvalidInput

BANNED_IN_NAMES = "/%&><"
_BANNED = re.compile(r"[/%&><\x00-\x1f\x7f\ud800-\udfff]")
MAX_NAME_LENGTH = 10_000


def check_name(name: str, field: str) -> str:
    """Return `name` if it can stand in a URL and a table; else raise `InvalidInput` naming `field`."""
    if not name.strip():
        raise InvalidInput(f"{field} is empty.", field=field, hint="Give it a name.")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidInput(f"{field} has more than {MAX_NAME_LENGTH:,} characters.", field=field)
    if found := _BANNED.search(name):
        raise InvalidInput(
            f"{field} {name[:80]!r} has the character {found.group()!r}, which names cannot have.",
            field=field,
            hint=f"Leave out control characters and any of {' '.join(BANNED_IN_NAMES)}.",
        )
    return name


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be, or None when none is close."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A sentence that suggests the nearest candidate, or an empty string."""
    found = nearest(name, candidates)
    return f"Did you mean {found!r}?" if found is not None else ""


def slugify(text: str) -> str:
    """Lower-case words joined by `-`: `some_work` → `some-work`, as flows and tasks are named after code."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


_ADJECTIVES = (
    "amber ancient azure bold brave brisk bronze calm candid cedar clear clever copper coral crisp curious "
    "daring deep eager early elder ember fair fleet fluent frosty gentle gilded golden grand hardy hazel "
    "humble ivory jade keen kind lively loyal lucid lunar mellow merry misty modest mossy noble "
    "nimble olive opal patient pearl placid plucky polite prime proud quick quiet rapid regal russet rustic "
    "sable scarlet serene sharp silent silver sleek smooth snowy solar solid spry steady still stout "
    "sunny swift tawny tidy timely tranquil true upright velvet vivid warm wise witty young zesty"
).split()
_NOUNS = (
    "aqueduct badger basin beaver brook canal cascade channel cormorant creek crane current dam delta dipper "
    "dolphin drake eddy egret estuary falcon ferry flume ford fountain frog geyser gull harbour heron inlet "
    "island kestrel kingfisher lagoon lake leat lock loch marsh martin meander mill mire newt oasis otter "
    "osprey paddle pelican penstock perch pier pike plover pond pool puffin quay rapids raven reed reef "
    "reservoir ripple river salmon seal shoal shore shrike siphon sluice snipe source spring stork strait "
    "stream swan teal tern tide torrent trout turbine wader wake waterfall weir well wharf wren"
).split()


def generate_name(rng: random.Random | None = None) -> str:
    """Two words for a run that nobody named, such as `brisk-otter`."""
    pick = (rng or random).choice
    return f"{pick(_ADJECTIVES)}-{pick(_NOUNS)}"
