"""Sources against a real git server, and everything that git must never see."""

import os
import stat
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.deployments.git_server import GitServer, git

from penstock.domain.errors import InvalidInput, NotFound
from penstock.sdk.deployments.git import (
    Git,
    GitFailed,
    GitUrl,
    check_commit,
    check_directory,
    check_ref,
    parse_url,
)
from penstock.sdk.deployments.sources import GitRepository, LocalSource, source_of

TOKEN = "s3cret/token"


@pytest.fixture
def into(tmp_path):
    directory = tmp_path / "into"
    directory.mkdir()
    return directory


@pytest.fixture
def published(git_server):
    """Three commits on main, the first tagged, and one on another branch."""
    repository = git_server.repository("flows")
    repository.first = repository.commit({"flow.py": "1", "a/x.py": "", "b/y.py": ""}, tag="v1.0")
    repository.second = repository.commit({"flow.py": "2"})
    repository.third = repository.commit({"flow.py": "3"})
    repository.side = repository.commit({"flow.py": "side"}, branch="team/side")
    return repository


def test_the_default_branch_is_cloned_shallow(published, into):
    clone = GitRepository(url=published.url).pull(into)
    assert clone == into / "flows"
    assert (clone / "flow.py").read_text() == "3"
    assert git(clone, "rev-list", "--count", "HEAD") == "1"
    assert git(clone, "rev-parse", "HEAD") == published.third
    assert git(clone, "remote", "get-url", "origin") == published.url


@pytest.mark.parametrize(
    ("wanted", "text", "name"),
    [
        ({"branch": "team/side"}, "side", "flows-team-side"),
        ({"branch": "v1.0"}, "1", "flows-v1.0"),
        ({"tag": "v1.0"}, "1", "flows-v1.0"),
        ({"branch": "main", "name": "code"}, "3", "code"),
    ],
)
def test_branches_and_tags(published, into, wanted, text, name):
    clone = GitRepository(url=published.url, **wanted).pull(into)
    assert clone == into / name
    assert (clone / "flow.py").read_text() == text
    assert git(clone, "rev-list", "--count", "HEAD") == "1"


def test_a_branch_is_checked_out_under_its_name(published, into):
    clone = GitRepository(url=published.url, branch="team/side").pull(into)
    assert git(clone, "branch", "--show-current") == "team/side"


@pytest.mark.parametrize("length", [40, 12, 7])
def test_commits_full_and_short(published, into, length):
    clone = GitRepository(url=published.url, commit_sha=published.second[:length]).pull(into)
    assert (clone / "flow.py").read_text() == "2"
    assert git(clone, "rev-parse", "HEAD") == published.second


def test_a_commit_that_the_server_does_not_give_alone_is_found_in_all(published, into, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.version")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "0")
    clone = GitRepository(url=published.url, commit_sha=published.second).pull(into)
    assert git(clone, "rev-parse", "HEAD") == published.second


def test_only_the_directories_that_are_asked_for(published, into):
    clone = GitRepository(url=published.url, directories=("a",)).pull(into)
    assert (clone / "a/x.py").exists()
    assert (clone / "flow.py").exists()
    assert not (clone / "b").exists()


def test_a_second_pull_takes_the_place_of_the_first(published, into):
    source = GitRepository(url=published.url, branch="team/side")
    first = source.pull(into)
    (first / "left-over").touch()
    published.commit({"flow.py": "newer"}, branch="team/side")
    assert source.pull(into) == first
    assert (first / "flow.py").read_text() == "newer"
    assert not (first / "left-over").exists()
    assert [path.name for path in into.iterdir()] == [first.name]


def test_submodules_by_http_come_along(published, git_server, into):
    parent = git_server.repository("parent")
    parent.commit({"main.py": ""})
    git(parent.work, "submodule", "--quiet", "add", published.url, "inner")
    git(parent.work, "commit", "--quiet", "-m", "inner")
    parent.publish()
    without = GitRepository(url=parent.url, name="without").pull(into)
    with_them = GitRepository(url=parent.url, name="with", include_submodules=True).pull(into)
    assert not (without / "inner/flow.py").exists()
    assert (with_them / "inner/flow.py").read_text() == "3"


@pytest.mark.cve
def test_a_submodule_cannot_bring_another_protocol(published, git_server, into, tmp_path):
    parent = git_server.repository("parent")
    marker = tmp_path / "executed"
    parent.commit({".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::touch {marker}\n'})
    git(parent.work, "update-index", "--add", "--cacheinfo", f"160000,{published.third},x")
    git(parent.work, "commit", "--quiet", "-m", "x")
    parent.publish()
    with pytest.raises(GitFailed, match="not allowed"):
        GitRepository(url=parent.url, include_submodules=True).pull(into)
    assert not marker.exists()


def test_hooks_of_this_machine_do_not_run(published, into, tmp_path, monkeypatch):
    template = tmp_path / "template"
    hook = template / "hooks/post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/executed\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(template))
    GitRepository(url=published.url).pull(into)
    assert not (tmp_path / "executed").exists()


def test_a_hook_s_environment_does_not_turn_git_to_another_repository(published, into, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert (GitRepository(url=published.url).pull(into) / "flow.py").exists()


def test_failures_say_what_git_said_and_leave_nothing(published, git_server, into):
    for wanted in ({"branch": "nope"}, {"tag": "nope"}, {"commit_sha": "f" * 40}, {"commit_sha": "f" * 8}):
        with pytest.raises(GitFailed) as failure:
            GitRepository(url=published.url, **wanted).pull(into)
        assert published.url in str(failure.value)
    with pytest.raises(GitFailed, match="not found"):
        GitRepository(url=f"{git_server.url}/nothing.git").pull(into)
    assert list(into.iterdir()) == []


def test_no_git(published, into, monkeypatch):
    monkeypatch.setenv("PATH", str(into))
    with pytest.raises(GitFailed, match="not installed"):
        GitRepository(url=published.url).pull(into)


def test_git_that_does_not_end_is_ended(into, tmp_path, monkeypatch):
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    wrapper.write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n")
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("penstock.sdk.deployments.git.TIMEOUT", 0.2)
    with pytest.raises(GitFailed, match="took more than"):
        GitRepository(url="https://127.0.0.1/x.git").pull(into)


# Private repositories


@pytest.fixture
def private(private_git_server):
    repository = private_git_server.repository("secret-flows")
    repository.commit({"flow.py": "private"})
    return repository


@pytest.mark.parametrize(
    ("proof", "user"),
    [
        ({"access_token": TOKEN}, "x-access-token"),
        ({"credentials": {"access_token": TOKEN, "username": "ann"}}, "ann"),
        ({"credentials": {"username": "ann", "password": TOKEN}}, "ann"),
        ({"credentials": {"value": TOKEN}}, "x-access-token"),
        ({"credentials": TOKEN}, "x-access-token"),
    ],
)
def test_a_token_opens_a_private_repository(private, private_git_server, into, proof, user):
    clone = GitRepository(url=private.url, **proof).pull(into)
    assert (clone / "flow.py").read_text() == "private"
    assert {credentials for _, credentials in private_git_server.requests} == {(user, TOKEN)}
    assert TOKEN not in (clone / ".git/config").read_text()


def test_a_password_in_the_url_is_used_but_not_kept(private, private_git_server, into):
    url = private.url.replace("//", "//ann:s3cret%2Ftoken@")
    clone = GitRepository(url=url).pull(into)
    assert {credentials for _, credentials in private_git_server.requests} == {("ann", TOKEN)}
    assert "s3cret" not in (clone / ".git/config").read_text()


@pytest.mark.parametrize("proof", [{}, {"access_token": "wr0ng"}, {"access_token": "wr0ng", "branch": "b"}])
def test_without_the_right_token_there_is_a_hint_and_no_token(private, into, proof):
    with pytest.raises(GitFailed, match="private") as failure:
        GitRepository(url=private.url, **proof).pull(into)
    assert "wr0ng" not in str(failure.value)


def test_a_token_is_never_on_a_command_line(private, into, tmp_path, monkeypatch):
    """Every git that runs, and whatever it starts, writes down its arguments."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    wrapper, seen = tmp_path / "bin/git", tmp_path / "arguments"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    GitRepository(url=private.url.replace("//", "//ann:s3cret%2Ftoken@")).pull(into)
    GitRepository(url=private.url, access_token=TOKEN).pull(into)
    written = seen.read_text() + (tmp_path / "trace").read_text()
    assert "fetch" in written
    assert not any(secret in written for secret in ("s3cret", "czNjcmV0", "Authorization"))


def test_a_token_is_only_sent_to_its_host(tmp_path, into):
    """A submodule on another server does not get it."""
    (tmp_path / "other").mkdir()
    with GitServer(tmp_path, token=TOKEN) as server, GitServer(tmp_path / "other") as other:
        inner, parent = other.repository("inner"), server.repository("parent")
        inner.commit({"x.py": ""})
        parent.commit({"main.py": ""})
        git(parent.work, "submodule", "--quiet", "add", inner.url, "inner")
        git(parent.work, "commit", "--quiet", "-m", "inner")
        parent.publish()
        other.requests.clear()
        clone = GitRepository(url=parent.url, access_token=TOKEN, include_submodules=True).pull(into)
        assert (clone / "inner/x.py").exists()
        assert {credentials for _, credentials in other.requests} == {None}


def test_messages_are_scrubbed():
    url = GitUrl("https://host/x", "https", "host", "/x")
    shown = Git(url, token=TOKEN).scrub(f"{TOKEN} s3cret%2Ftoken eC1hY2Nlc3MtdG9rZW46czNjcmV0L3Rva2Vu")
    assert shown == "*** *** ***"


@pytest.mark.parametrize(
    ("host", "user"),
    [("gitlab.example.com", "oauth2"), ("bitbucket.org", "x-token-auth"), ("example.com", "x-access-token")],
)
def test_hosts_have_their_own_user_for_tokens(host, user):
    git_ = Git(parse_url(f"https://{host}/x.git"), token="t")
    assert b64encode(f"{user}:t".encode()).decode() in git_._secrets


# Pull steps


def test_a_repository_says_how_to_pull_it():
    source = GitRepository(
        url="https://example.com/flows.git",
        branch="main",
        access_token="{{ penstock.secrets.token }}",
        directories=("a",),
        include_submodules=True,
        name="code",
    )
    assert source.pull_steps() == [
        {
            "penstock.deployments.steps.git_clone": {
                "repository": "https://example.com/flows.git",
                "branch": "main",
                "include_submodules": True,
                "access_token": "{{ penstock.secrets.token }}",
                "directories": ["a"],
                "clone_directory_name": "code",
            }
        }
    ]


@pytest.mark.parametrize(
    "proof",
    [
        {"access_token": "literal"},
        {"credentials": {"token": "literal"}},
        {"url": "https://ann:literal@example.com/x.git"},
    ],
)
def test_a_literal_token_is_not_stored(proof):
    source = GitRepository(**{"url": "https://example.com/x.git", **proof})
    with pytest.raises(InvalidInput, match="secret") as refusal:
        source.pull_steps()
    assert "literal" not in str(refusal.value)


def test_a_reference_is_for_the_worker(into):
    source = GitRepository(url="https://example.com/x.git", access_token="{{ prefect.blocks.secret.x }}")
    with pytest.raises(InvalidInput, match="reference"):
        source.pull(into)


def test_a_local_source(tmp_path, into, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert LocalSource("into").pull(tmp_path) == into.resolve()
    assert LocalSource("into").pull_steps() == [
        {"penstock.deployments.steps.set_working_directory": {"directory": str(into.resolve())}}
    ]
    with pytest.raises(NotFound, match="nowhere"):
        LocalSource("nowhere").pull(tmp_path)


def test_a_source_is_told_by_its_text(tmp_path):
    given = GitRepository(url="https://example.com/x.git", branch="main")
    assert source_of(given) is given
    assert source_of("https://example.com/x.git") == GitRepository(url="https://example.com/x.git")
    assert source_of("git@example.com:g/x.git") == GitRepository(url="git@example.com:g/x.git")
    assert source_of(tmp_path) == source_of(str(tmp_path)) == LocalSource(str(tmp_path))
    for text in ("s3://bucket/flows", "ext::sh -c x"):
        with pytest.raises(InvalidInput, match="git repository"):
            source_of(text)


# What git must not see

BAD_URLS = [
    "",
    "--upload-pack=touch x",
    "-x",
    "ext::sh -c touch% x",
    "fd::17",
    "file://host/path",
    "file://",
    "/absolute/path",
    "relative",
    "http://",
    "https://host",
    "https://-host/x",
    "https://user@-host/x",
    "ssh://-oProxyCommand=x/y",
    "ssh://git@-oProxyCommand=x/y",
    "git@-oProxyCommand=x:y",
    "git@host:-x",
    "-git@host:x",
    "git://host/x",
    "ftp://host/x",
    "https://host/x y",
    "https://host/x\n--upload-pack=y",
    "https://host/\0",
    "git@host:x\ny",
]


@pytest.mark.parametrize("url", BAD_URLS)
@pytest.mark.cve
def test_urls_that_are_none(url):
    with pytest.raises(InvalidInput) as refusal:
        GitRepository(url=url)
    assert refusal.value.field == "repository"


def test_a_refused_url_does_not_show_its_password():
    with pytest.raises(InvalidInput) as refusal:
        parse_url("ftp://ann:s3cret@host/x")
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (
            "https://ann:p%40ss@host:8443/g/x.git",
            GitUrl("https://host:8443/g/x.git", "https", "host:8443", "/g/x.git", "ann", "p@ss"),
        ),
        ("http://host/x", GitUrl("http://host/x", "http", "host", "/x")),
        ("https://[::1]:80/x", GitUrl("https://[::1]:80/x", "https", "[::1]:80", "/x")),
        ("ssh://git@host:22/x", GitUrl("ssh://git@host:22/x", "ssh", "host:22", "/x", "git")),
        ("ssh://git:pw@host/x", GitUrl("ssh://git@host/x", "ssh", "host", "/x", "git")),
        ("git@host:g/x.git", GitUrl("git@host:g/x.git", "ssh", "host", "g/x.git", "git")),
        ("file:///srv/x.git", GitUrl("file:///srv/x.git", "file", "", "/srv/x.git")),
    ],
)
def test_urls(text, url):
    assert parse_url(text) == url
    assert url.name == "x"


BAD_REFS = ["", "-x", "--upload-pack=x", "a b", "a\nb", "a..b", "a~1", "a^", "a:b", "+a", "a*", "a[b", "a//b"]
BAD_REFS += ["a/", "/a", ".a", "a.lock", "a.lock/b", "@{u}", "@", "a.", "a/.b", "a\\b", "a\0"]
BAD_COMMITS = ["", "main", "HEAD", "-abcdef0", "abcdef", "g" * 40, "a" * 65, "abcdef0\n", "--all"]


@pytest.mark.parametrize("name", BAD_REFS)
@pytest.mark.cve
def test_refs_that_are_none(name):
    for field in ("branch", "tag"):
        with pytest.raises(InvalidInput) as refusal:
            GitRepository(url="https://host/x", **{field: name})
        assert refusal.value.field == field


@given(st.text(max_size=20))
def test_a_ref_that_passes_is_one_for_git(name):
    try:
        check_ref(name, "branch")
    except InvalidInput:
        return
    done = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("commit", BAD_COMMITS)
@pytest.mark.cve
def test_commits_that_are_none(commit):
    with pytest.raises(InvalidInput) as refusal:
        check_commit(commit)
    assert refusal.value.field == "commit_sha"


@pytest.mark.parametrize("directory", ["", "/etc", "..", "a/../../b", "-x", "--stdin", "a\nb", "a\0b"])
def test_directories_that_lead_elsewhere(directory):
    with pytest.raises(InvalidInput):
        check_directory(directory)
    with pytest.raises(InvalidInput):
        GitRepository(url="https://host/x", directories=(directory,))


@pytest.mark.parametrize("name", ["..", ".", "a/b", "/a", ""])
def test_clones_stay_where_they_are_put(name):
    with pytest.raises(InvalidInput) as refusal:
        GitRepository(url="https://host/x", name=name)
    assert refusal.value.field == "clone_directory_name"


def test_one_ref_at_a_time():
    with pytest.raises(InvalidInput, match="More than one"):
        GitRepository(url="https://host/x", branch="main", tag="v1")


def test_a_repository_of_this_machine(published, into):
    clone = GitRepository(url=f"file://{published.bare}").pull(into)
    assert (clone / "flow.py").read_text() == "3"
    assert isinstance(clone, Path)
