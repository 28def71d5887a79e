"""Accessibility, judged by axe-core against WCAG 2.2 AA."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_FILE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Best practice goes beyond AA: headings in order, everything within a landmark."""
_COMES_TO_REST = """() => Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime ?? 0))
  .map(({ finished }) => finished)).then(() => null)"""
"""What fades in has too little contrast until it is there. What turns for ever is not waited for."""
_RUN = """([root, tags, off]) => axe.run(root ?? document, {
  runOnly: { type: "tag", values: tags },
  rules: Object.fromEntries(off.map((rule) => [rule, { enabled: false }])),
  resultTypes: ["violations"],
})"""
_SHOWN = 8


@cache
def _source() -> str:
    assert _FILE.exists(), f"{_FILE} is missing: `npm ci` in ui/ brings it (devDependency axe-core)"
    return _FILE.read_text(encoding="utf-8")


def axe(page: Page, within: str | None = None, *, off: tuple[str, ...] = ()) -> None:
    """Fail unless axe finds nothing on the page as it is now.

    Args:
        within: A selector: judge only that part, e.g. an open dialog.
        off: Rules to leave out; say beside the call why.
    """
    # Evaluated, not added as a script, which the page's own policy would forbid.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    page.evaluate(_COMES_TO_REST)
    found = page.evaluate(_RUN, [within, list(TAGS), list(off)])
    assert found["passes"] or found["incomplete"] or found["violations"], "axe judged nothing"
    report = "\n".join(_told(violation) for violation in found["violations"])
    assert not found["violations"], f"{page.url} ({_theme(page)}) is not accessible:\n{report}"


def _told(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    lines = [f"- {violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in nodes[:_SHOWN]:
        lines.append(f"    {' '.join(map(str, node['target']))}")
        lines.append(f"      {_first_line(node['html'])}")
        lines += [f"      {line.strip()}" for line in node["failureSummary"].splitlines()[1:]]
    if len(nodes) > _SHOWN:
        lines.append(f"    … and {len(nodes) - _SHOWN} more")
    return "\n".join(lines)


def _first_line(html: str) -> str:
    line = html.splitlines()[0]
    return line if len(line) <= 160 else f"{line[:159]}…"


def _theme(page: Page) -> str:
    dark = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    return f"{'dark' if dark else 'light'}, {page.viewport_size}"
