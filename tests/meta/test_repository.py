"""What is checked in: clean of machines, locked, and with documents whose links lead somewhere."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ["bootstrap.txt", "dev.txt", "runtime.txt"]
DOCUMENTS = ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "docs/decisions/README.md"]

# Packages are fetched from wherever the reader's own tools are set to fetch them.
REGISTRY_HOSTS = [
    "crates.io",
    "files.pythonhosted.org",
    "pypi.org",
    "proxy.golang.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
]
# Homes of people and continuous integration say where something was made, which is of no use elsewhere.
PLACES = re.compile(r"(?<![\w.])/(home|Users)/\w+/|(?<![\w.])/root/|[A-Z]:\\\\Users")
# Names that a parent directory may have on any machine, and that documents may therefore speak of.
ORDINARY_PARENTS = {"/", "/app", "/home", "/mnt", "/opt", "/root", "/src", "/srv", "/tmp", "/usr/src", "/var"}
# How work was shared out is not for who reads the result.
ABOUT_THE_WORK = re.compile(
    r"\bissue #?\d+|\bco-authored-by:|\bgenerated (by|with) (an? )?(ai|llm|assistant)\b|\bas an ai\b",
    re.IGNORECASE,
)
TEXT = {
    "",
    ".cfg",
    ".css",
    ".html",
    ".ini",
    ".js",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".toml",
    ".ts",
    ".tsx",
    ".txt",
}
TEXT |= {".yaml", ".yml"}

HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
FENCE = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^()\s]+)\)")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==[\w.!+]+( ; [^\\]+)?( \\)?$")


@pytest.fixture(scope="module")
def texts(tracked) -> dict[Path, str]:
    """Every tracked text but this file, which has to name what it forbids."""
    kept = [path for path in tracked if path.suffix in TEXT and path != Path(__file__)]
    return {path: path.read_text(encoding="utf-8") for path in kept}


@pytest.fixture(scope="module")
def documents(texts) -> dict[Path, str]:
    return {path: text for path, text in texts.items() if path.suffix == ".md"}


def machine_paths(root: Path) -> list[str]:
    """Where this checkout and its interpreter happen to be."""
    parents = [] if str(root.parent) in ORDINARY_PARENTS else [f"{root.parent}/"]
    interpreter = [] if sys.base_prefix in {"/usr", "/usr/local"} else [f"{sys.base_prefix}/"]
    return [f"{root}/", *parents, *interpreter]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_reader_looks_for_is_there(root, name):
    assert (root / name).read_text(encoding="utf-8").strip()


def test_no_file_names_a_package_registry(texts, root):
    named = {
        str(path.relative_to(root)): host
        for path, text in texts.items()
        for host in REGISTRY_HOSTS
        if host in text
    }
    assert named == {}


def test_no_file_names_a_place_of_one_machine(texts, root):
    places = machine_paths(root)
    named = {
        str(path.relative_to(root))
        for path, text in texts.items()
        if PLACES.search(text) or any(place in text for place in places)
    }
    assert named == set()


def test_no_file_tells_how_the_work_was_shared_out(texts, root):
    assert {
        str(path.relative_to(root)) for path, text in texts.items() if ABOUT_THE_WORK.search(text)
    } == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_pin_everything_by_hash_and_hold_no_address(root, lock):
    text = (root / "requirements" / lock).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert "://" not in text
    assert all(PIN.match(entry.splitlines()[0]) for entry in entries)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def pins_of(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_locks_satisfy_what_the_project_asks_for(root):
    declared = tomllib.loads((root / "pyproject.toml").read_text())
    extras = declared["project"]["optional-dependencies"].values()
    runtime = [*declared["project"]["dependencies"], *(line for extra in extras for line in extra)]
    asked = {"runtime.txt": runtime, "dev.txt": [*runtime, *declared["dependency-groups"]["dev"]]}
    unmet = []
    for lock, lines in asked.items():
        pins = pins_of(root / "requirements" / lock)
        for requirement in map(Requirement, lines):
            version = pins.get(canonicalize_name(requirement.name))
            if version is None or version not in requirement.specifier:
                unmet.append(f"{lock}: {requirement} is {version}")
    assert unmet == [], "run `make requirements`"


def test_both_locks_agree(root):
    runtime, dev = (pins_of(root / "requirements" / lock) for lock in ("runtime.txt", "dev.txt"))
    assert {name: dev.get(name) for name in runtime} == runtime


def slug_of(heading: str) -> str:
    """The anchor that a heading gets where the documents are read."""
    words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
    return words.replace(" ", "-")


def anchors_of(text: str) -> set[str]:
    return {slug_of(heading) for heading in HEADING.findall(FENCE.sub("", text))}


def leads_nowhere(link: str, document: Path) -> bool:
    if re.match(r"[a-z]+:", link):
        return False
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    if not target.exists():
        return True
    return (
        bool(anchor)
        and target.suffix == ".md"
        and anchor not in anchors_of(target.read_text(encoding="utf-8"))
    )


def test_links_of_documents_lead_somewhere(documents, root):
    broken = [
        f"{path.relative_to(root)}: {link}"
        for path, text in documents.items()
        for link in LINK.findall(FENCE.sub("", text))
        if leads_nowhere(link, path)
    ]
    assert broken == []


def test_documents_speak_of_make_targets_that_exist(documents, root):
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    spoken_of = {
        target
        for text in documents.values()
        for code in re.findall(r"`make ([a-z-]+)`|^ *\$? ?make ([a-z-]+)", text, re.MULTILINE)
        for target in code
        if target
    }
    assert spoken_of <= targets
