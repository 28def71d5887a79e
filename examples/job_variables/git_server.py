"""A real git server on loopback: `git http-backend` behind the standard library's HTTP server."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class GitHandler(BaseHTTPRequestHandler):
    """Answers a request by one run of git's own CGI program."""

    root: Path
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """Refs and objects."""
        self._backend(b"")

    def do_POST(self) -> None:
        """Packs."""
        self._backend(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what matters is what git says."""

    def _backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve(root: Path) -> Iterator[str]:
    """Serve the bare repositories below `root`; yields the URL to put their names behind."""
    handler = type("Handler", (GitHandler,), {"root": root})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def publish(files: list[Path], repository: Path) -> None:
    """Make `repository` a bare one that holds `files` in one commit on `main`."""
    identity = ["-c", "user.name=Penstock", "-c", "user.email=demo@example.invalid"]
    work = repository.with_suffix(".work")
    _git("init", "-q", "-b", "main", str(work))
    for file in files:
        (work / file.name).write_bytes(file.read_bytes())
    _git("-C", str(work), "add", ".")
    _git("-C", str(work), *identity, "commit", "-q", "-m", "The flow of the example")
    _git("clone", "-q", "--bare", str(work), str(repository))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True)
