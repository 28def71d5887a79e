"""What `penstock version` tells, found without loading anything."""

import sys
from platform import machine

from penstock import __version__


def versions() -> dict[str, str]:
    """Versions by what they are of."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"Penstock": __version__, "Python": python, "Platform": f"{sys.platform}/{machine()}"}


def versions_text() -> str:
    """The same in lines."""
    return "\n".join(f"{name + ':':<10}{value}" for name, value in versions().items())
