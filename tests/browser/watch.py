"""What a page may not do while a test looks at it, and what it did."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

_INLINE = {"about", "blob", "data"}
_REPORT = "penstockPolicyViolation"
# In every frame, before the page's own code.
_LISTEN = f"""
addEventListener("securitypolicyviolation", (event) => {{
  const place = event.sourceFile ? ` at ${{event.sourceFile}}:${{event.lineNumber}}` : "";
  const sample = event.sample ? `: ${{event.sample}}` : "";
  const what = event.blockedURI || "inline";
  window.{_REPORT}(`${{event.effectiveDirective}} forbids ${{what}}${{sample}}${{place}}`);
}});
"""


@dataclass
class Watch:
    """Notes what no page may do: errors on the console or uncaught, breaches of the security policy, requests
    to others, answers of 500 and above. `verdict` tells them; the suite fails the test for any.

    Args:
        origin: Where the pages come from, e.g. `http://127.0.0.1:4200`.
    """

    origin: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Everything that was asked for, as `GET /path`."""
    expected: list[str] = field(default_factory=list)
    _happened: set[str] = field(default_factory=set)

    def follow(self, context: BrowserContext) -> None:
        """Watch all pages of a context, also those that it opens later."""
        context.expose_function(_REPORT, lambda text: self._complain("security policy", text))
        context.add_init_script(_LISTEN)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def expect(self, *texts: str) -> None:
        """Let complaints be, from now on, that hold one of `texts`: the failure that the test is about.

        A failed request is also told on the console, with its address: `expect("/api/flow_runs/filter")`
        covers both. Each text has to be met: a test that expects a failure must have seen one.
        """
        self.expected.extend(texts)

    @property
    def verdict(self) -> str:
        """What went wrong, a line each; empty if nothing did."""
        missing = [text for text in self.expected if text not in self._happened]
        return "\n".join([*self.complaints, *(f"expected, but did not happen: {text}" for text in missing)])

    def _complain(self, kind: str, text: str) -> None:
        complaint = f"{kind}: {text}"
        met = {expected for expected in self.expected if expected in complaint}
        self._happened |= met
        if not met:
            self.complaints.append(complaint)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            self._complain("console", f"{message.text} ({place})")

    def _on_error(self, error: WebError) -> None:
        self._complain("uncaught", error.error.stack or error.error.message)

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in _INLINE:
            return
        self.requests.append(f"{request.method} {parts.path}")
        if f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}" != self.origin:
            self._complain("foreign origin", request.url)

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self._complain(f"answer {response.status}", f"{response.request.method} {response.url}")


def settle(page: Page) -> None:
    """Let the page do what it has begun, so that what goes wrong with it is seen before the test is over."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
