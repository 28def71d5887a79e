"""What git knows of a directory of this machine."""

import subprocess
from pathlib import Path

from penstock.domain.errors import InvalidInput
from penstock.sdk.deployments.git import parse_url


def ask_git(directory: Path, *arguments: str) -> str | None:
    """What `git arguments…` prints in a directory; None where it fails, or prints nothing."""
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - which git it is, is for PATH to say
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def remote_url(directory: Path) -> str | None:
    """The URL of the clone's remote, without a password, if there is one that a worker could use."""
    found = ask_git(directory, "remote", "get-url", "origin")
    try:
        return parse_url(found).text if found else None
    except InvalidInput:
        return None
