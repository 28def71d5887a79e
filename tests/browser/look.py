"""How somebody looks at the UI: theme, window, motion, zone; and pictures of what they see."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

_ROOT = Path(__file__).parents[2]
SHOTS = _ROOT / ".build" / "shots"
"""Where pictures go that nobody has asked for: of tests that fail, or for a look."""
DOCUMENTED = _ROOT / "docs" / "screenshots"
"""Where `make screenshots` puts them."""


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    theme: Literal["light", "dark"] = "light"
    width: int = 1440
    height: int = 900
    reduced_motion: bool = False
    timezone: str = "Europe/Berlin"
    locale: str = "en-GB"

    @property
    def options(self) -> dict[str, Any]:
        """As options of `browser.new_context`."""
        return {
            "color_scheme": self.theme,
            "viewport": {"width": self.width, "height": self.height},
            "reduced_motion": "reduce" if self.reduced_motion else "no-preference",
            "timezone_id": self.timezone,
            "locale": self.locale,
        }

    def with_(self, **changes: Any) -> "Look":
        """The same but for some."""
        return replace(self, **changes)

    def __str__(self) -> str:
        motion = "-still" if self.reduced_motion else ""
        return f"{self.theme}-{self.width}x{self.height}{motion}"


LIGHT, DARK = Look(), Look(theme="dark")
NARROW = Look(width=360, height=740)
"""A small phone, and a desktop window at 400 %."""
WIDE = Look(width=3840, height=2160)

both_themes = pytest.mark.parametrize("look", [LIGHT, DARK], indirect=True, ids=str)
"""The test once in each theme: the fixtures `look` and `page` follow."""


# What inherits a colour takes it on a frame after what it inherits it from.
_SETTLED = """async () => {
  for (let still = 0; still < 3; still += 1) {
    await new Promise(requestAnimationFrame);
    if (document.getAnimations().some((each) => each instanceof CSSTransition)) still = -1;
  }
}"""


def in_each_theme(page: Page) -> Iterator[None]:
    """The page as it is, in one theme and in the other, each once its colours have come to rest.

    It is opened once: that is most of what looking at it costs.
    """
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate(_SETTLED)
        yield


def is_documenting() -> bool:
    """Whether this run takes the pictures of the documentation."""
    return os.environ.get("PENSTOCK_SHOTS") == "1"


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    """Take a picture of the page at rest, as `<name>-<theme>.png`, where pictures are asked for.

    It goes to `docs/screenshots` under `make screenshots`, and to `.build/shots` with `PENSTOCK_SHOTS=look`.
    Nothing moves on it: animations are at their end and the caret is hidden.

    Args:
        whole: All of the page instead of what the window shows.
    """
    if not os.environ.get("PENSTOCK_SHOTS"):
        return
    dark = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    file = (DOCUMENTED if is_documenting() else SHOTS) / f"{name}-{'dark' if dark else 'light'}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.screenshot(path=file, full_page=whole, animations="disabled", caret="hide", scale="css")
