"""What `docs/security.md` says of roles is what the server does."""

import re
from pathlib import Path

from penstock.contract.permissions import ROLES_BY_ACTION, Role

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
ROLES = ("viewer", "operator", "author", "admin", "worker", "run")


def test_the_table_of_roles_is_the_server_s():
    table = {}
    for action, cells in re.findall(r"^\| `([a-z_]+:[a-z_]+)` \|(.*)\|$", PAGE, re.MULTILINE):
        said = [cell.strip() for cell in cells.split("|")]
        assert set(said) <= {"yes", ""} and len(said) == len(ROLES), action
        table[action] = {Role(role) for role, cell in zip(ROLES, said, strict=True) if cell}
    of_known = {
        action: set(roles) for action, roles in ROLES_BY_ACTION.items() if Role.ANONYMOUS not in roles
    }
    assert table == of_known


def test_what_needs_no_credential_is_named():
    public = [action for action, roles in ROLES_BY_ACTION.items() if Role.ANONYMOUS in roles]
    for action in public:
        assert f"`{action}`" in PAGE
