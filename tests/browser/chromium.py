"""Finds the browser of the tests and benchmarks, and installs it where that can be done.

python -m tests.browser.chromium            # say which one is used
python -m tests.browser.chromium --install  # install one if there is none

It is the machine's own Chromium and not one that Playwright downloads: that comes from a place of its own,
which a machine behind a proxy or a mirror can't reach.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What it may be called, lightest first."""
PACKAGES = ("chromium-headless-shell", "chromium")
"""What apt may call it."""
APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")
"""Others may be installing something at the same time: their lock is waited for."""

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",  # /dev/shm of containers is too small for a browser
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
    "--font-render-hinting=none",  # text as wide on one machine as on another
)


class NoChromium(RuntimeError):
    """There is none, and why."""


def find() -> str | None:
    """The browser's file: `$CHROMIUM`, or the first of `NAMES` on the path.

    Raises:
        NoChromium: `$CHROMIUM` names nothing that can be run.
    """
    if given := os.environ.get("CHROMIUM"):
        if found := shutil.which(given):
            return found
        raise NoChromium(f"$CHROMIUM is {given}, which can't be run.")
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def required() -> str:
    """The browser's file.

    Raises:
        NoChromium: There is none; says what to do.
    """
    if found := find():
        return found
    raise NoChromium(
        "There is no Chromium. `make browser` installs one with apt-get where it may; "
        f"or install one of {', '.join(NAMES)}, or name one in $CHROMIUM."
    )


def arguments() -> list[str]:
    """What to start it with: it speaks to nobody by itself. As root it can't have its sandbox."""
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def install() -> str:
    """Install it with apt-get, as root or by a `sudo` that asks nothing.

    Raises:
        NoChromium: It couldn't be installed, and why.
    """
    if shutil.which("apt-get") is None:
        raise NoChromium("There is no Chromium, and no apt-get to install it with.")
    before = _privilege()
    _run([*before, *APT, "update"])
    complaints = []
    for package in PACKAGES:
        problem = _run([*before, *APT, "install", "-y", "--no-install-recommends", package])
        if not problem and (found := find()):
            return found
        complaints.append(f"{package}: {problem or 'installed, and not found'}")
    raise NoChromium("apt-get could not install Chromium. " + "; ".join(complaints))


def _privilege() -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not _run(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    raise NoChromium("There is no Chromium, and to install it takes root, or a sudo without a password.")


def _run(command: Sequence[str]) -> str:
    """Run a command; what went wrong, in a line, or nothing."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    lines = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else lines[-1] if lines else f"exit code {done.returncode}"


def main() -> int:
    """Say which browser is used; with `--install`, see that there is one.

    A machine without a browser can work on all the rest: what is missing is said, and the tests that need it
    are skipped with the same words. With `CI` set it is an error.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--install", action="store_true", help="install one if there is none")
    wanted = parser.parse_args()
    try:
        found = find()
        if found is None and wanted.install:
            print("Installing Chromium for the tests of the web UI.", file=sys.stderr)
            found = install()
        if found is None or not wanted.install:
            print(found or required())
    except NoChromium as problem:
        print(f"Tests of the web UI will be skipped: {problem}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
