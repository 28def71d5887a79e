"""A real git server on loopback: `git http-backend`, behind the HTTP server of the standard library.

with GitServer(tmp_path) as server:
    repository = server.repository("flows")
    repository.commit({"flow.py": "…"})
    clone(repository.url)
"""

import os
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(directory: Path, *arguments: str, **environment: str) -> str:
    """Run git as somebody called Ann, untouched by this machine's settings."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env={**os.environ, **_IDENTITY, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


class Repository:
    """A working copy to commit in, whose bare twin the server shows."""

    def __init__(self, server: "GitServer", name: str) -> None:
        self.name = name
        self.bare = server.root / f"{name}.git"
        self.work = server.root.parent / f"{name}-work"
        self.url = f"{server.url}/{name}.git"
        self.work.mkdir(parents=True)
        git(server.root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(self.work, "init", "--quiet", "--initial-branch=main")
        git(self.work, "remote", "add", "origin", str(self.bare))

    def commit(
        self,
        files: Mapping[str, str],
        *,
        branch: str = "main",
        tag: str | None = None,
        message: str = "change",
    ) -> str:
        """Write files, commit them on a branch, publish it, and give the commit's hash."""
        if git(self.work, "branch", "--show-current") != branch:
            git(self.work, "checkout", "--quiet", "-B", branch)
        for name, text in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)
        return self.publish(branch, tag)

    def publish(self, branch: str = "main", tag: str | None = None) -> str:
        """Push a branch, under a tag too, and give its commit's hash."""
        git(self.work, "push", "--quiet", "--force", "origin", branch)
        if tag is not None:
            git(self.work, "tag", "-a", tag, "-m", tag)
            git(self.work, "push", "--quiet", "origin", tag)
        return git(self.work, "rev-parse", "HEAD")


class GitServer:
    """Shows the repositories below a directory by HTTP, to everybody or to who knows the token.

    `requests` has the path of each request and the user name and password that came with it.
    """

    def __init__(self, directory: Path, *, token: str | None = None) -> None:
        self.root = directory / "git-root"
        self.root.mkdir()
        self.token = token
        self.requests: list[tuple[str, tuple[str, str] | None]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"git": self}))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def repository(self, name: str) -> Repository:
        """A new, empty repository."""
        return Repository(self, name)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    """Speaks CGI with `git http-backend`."""

    git: GitServer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().strip(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return body

    def _credentials(self) -> tuple[str, str] | None:
        kind, _, proof = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        user, _, password = b64decode(proof).decode().partition(":")
        return user, password

    def _answer(self, body: bytes) -> None:
        credentials = self._credentials()
        self.git.requests.append((self.path, credentials))
        if self.git.token is not None and (credentials is None or credentials[1] != self.git.token):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env=self._cgi(len(body)),
            check=True,
            timeout=60,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _cgi(self, length: int) -> dict[str, str]:
        address = urlsplit(self.path)
        return {
            **os.environ,
            **_IDENTITY,
            "GIT_PROJECT_ROOT": str(self.git.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
