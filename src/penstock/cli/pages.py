"""Where the pages of the web UI are, so that commands can link to what they speak of."""

from urllib.parse import quote

from penstock.cli.session import server_url
from penstock.settings import Settings


def ui_url(settings: Settings, api_url: str | None = None) -> str:
    """Where the web UI is: at `ui.url`, else beside the API.

    Args:
        api_url: Where that is, in place of what the settings say.
    """
    return (settings.ui.url or (api_url or server_url(settings)).rstrip("/").removesuffix("/api")).rstrip("/")


def page_url(settings: Settings, *path: object, api_url: str | None = None) -> str:
    """The page at a path, such as `runs` and the id of one."""
    return "/".join((ui_url(settings, api_url), *(quote(str(part), safe="") for part in path)))
