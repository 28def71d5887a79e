"""Somebody without a mouse: gets to things by Tab, arrows and keys of the page, and sees where they are."""

import re

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 60
"""From one thing on a page to another; more would be a page that nobody walks."""
# A ring, a border or a colour of its own: of what has the focus, or of a box around just it.
_SHOWS_FOCUS = """() => {
  const rings = (element) => {
    const style = getComputedStyle(element);
    const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return isOutlined || style.boxShadow !== "none";
  };
  const here = document.activeElement;
  if (here.matches(":focus-visible") && rings(here)) return "";
  for (let each = here, steps = 0; each && steps < 3; each = each.parentElement, steps += 1)
    if (rings(each)) return "";
  return here.outerHTML.slice(0, 200);
}"""


class Keyboard:
    """The keys of a page, and the promise that the focus is always seen."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type a text, key by key."""
        self._page.keyboard.type(text)

    def tab_to(self, target: Locator, *, back: bool = False) -> None:
        """Press Tab until the target has the focus, and see that it is seen to have it.

        Args:
            back: Backwards.
        """
        expect(target).to_be_visible()
        for _ in range(MOST_TABS):
            if self._is_on(target):
                break
            self.press("Shift+Tab" if back else "Tab")
        expect(target).to_be_focused()
        self.sees_focus()

    def sees_focus(self) -> None:
        """Fail unless what has the focus shows it."""
        hidden = self._page.evaluate(_SHOWS_FOCUS)
        assert not hidden, f"nobody sees that this has the focus: {hidden}"

    def activate(self, target: Locator, *, back: bool = False) -> None:
        """Get to a button, link or field, and press Enter."""
        self.tab_to(target, back=back)
        self.press("Enter")

    def choose_tab(self, name: str) -> None:
        """Get to the chosen tab of the page, and by arrows to another one."""
        tabs = self._page.get_by_role("tablist").first.get_by_role("tab")
        self.tab_to(tabs.and_(self._page.locator("[aria-selected=true]")))
        at, names = 0, tabs.all_inner_texts()
        while not self._is_on(tabs.nth(at)):
            at += 1
        while not names[at].startswith(name):
            self.press("ArrowRight")
            at = (at + 1) % len(names)
            # The focus follows a moment later.
            expect(tabs.nth(at)).to_be_focused()
        self.press("Enter")
        expect(tabs.nth(at)).to_have_attribute("aria-selected", "true")

    def go_to(self, name: str) -> None:
        """Find something by its name in the palette, and go there."""
        self.press("Control+k")
        field = self._page.get_by_role("combobox", name="Search or go to")
        expect(field).to_be_focused()
        self.type(name)
        # A page from before may be called nearly the same: "Run nightly" beside "nightly".
        found = self._page.get_by_role("option").filter(has_text=re.compile(f"^{re.escape(name)}"))
        expect(found.first).to_be_visible()
        self._to_option(found)
        self.press("Enter")
        expect(field).to_have_count(0)

    def _to_option(self, options: Locator) -> None:
        chosen = options.and_(self._page.locator("[aria-selected=true]"))
        for _ in range(MOST_TABS):
            if chosen.count():
                break
            self.press("ArrowDown")
        expect(chosen).to_have_count(1)

    def _is_on(self, target: Locator) -> bool:
        return target.and_(self._page.locator(":focus")).count() > 0
