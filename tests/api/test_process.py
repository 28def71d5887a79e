"""A server as a process: how it starts, what it refuses to start with, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest
from tests.server_process import ServerProcess, clean_environ

from penstock.cli.exits import ExitCode
from penstock.settings.running import running_server


def start(home, *arguments, **environ):
    """Run `penstock server start` to its end, where it is expected to refuse."""
    command = [sys.executable, "-m", "penstock.cli.main", "server", "start", *arguments]
    return subprocess.run(
        command, env=clean_environ(home, **environ), capture_output=True, text=True, timeout=60, check=False
    )


def test_it_says_where_it_is_and_ends_with_nothing_left(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    assert server.ask("GET", "/health").json is True
    assert server.ask("GET", "/ready").json == {"message": "OK"}
    assert f"serves {server.url}" in server.output
    assert "It asks for no credentials" in server.output
    assert server.stop() == 0
    assert running_server(server.home) is None
    assert not (server.home / "server.json").exists()
    assert "Traceback" not in server.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_success(tmp_path, number):
    assert ServerProcess(tmp_path / "home").start().stop(number) == 0


def test_what_was_answered_outlives_a_crash(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    server.ask("POST", "/variables/", {"name": "kept", "value": [1]})
    server.kill()
    assert (server.home / "server.json").exists()
    with ServerProcess(tmp_path / "home") as again:
        assert again.ask("GET", "/variables/name/kept").json["value"] == [1]


def test_a_port_that_is_taken_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start(tmp_path / "home", "--port", str(port))
    assert refused.returncode == ExitCode.CONFLICT
    first, second = refused.stderr.splitlines()
    assert first == f"Error: Port {port} on 127.0.0.1 cannot be used: Address already in use."
    assert second.strip() == f"Use another one: penstock server start --port {port + 1}"
    assert not (tmp_path / "home" / "penstock.db").exists()


def test_a_second_server_in_a_home_is_refused(tmp_path):
    with ServerProcess(tmp_path / "home") as server:
        for more in ([], ["--background"]):
            refused = start(server.home, "--port", "0", *more)
            assert refused.returncode == ExitCode.CONFLICT
            assert server.url in refused.stderr
        assert server.ask("GET", "/health").status == 200


def test_an_address_that_others_reach_wants_credentials(tmp_path):
    refused = start(tmp_path / "home", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == ExitCode.USAGE
    assert "PENSTOCK_SERVER_API_AUTH_STRING" in refused.stderr
    assert "--insecure-no-auth" in refused.stderr
    with ServerProcess(tmp_path / "open", "--host", "0.0.0.0", "--insecure-no-auth") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server.ask("GET", "/health").status == 200
    with ServerProcess(
        tmp_path / "home", "--host", "0.0.0.0", PENSTOCK_SERVER_API_AUTH_STRING="a:b"
    ) as server:
        assert server.ask("GET", "/version").status == 401
        assert server.ask("GET", "/version", Authorization="Bearer a:b").status == 200
        assert "no credentials" not in server.output


@pytest.mark.parametrize(
    ("options", "environ", "words"),
    [
        (["--host", "no.such.host.invalid"], {"PENSTOCK_SERVER_API_AUTH_STRING": "a:b"}, "is no address"),
        (["--port", "70000"], {}, "70000"),
        (["--workers", "2"], {}, "2"),
        ([], {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": "mysql://x"}, "no database that Penstock knows"),
        ([], {"PENSTOCK_SERVER_API_PORT": "high"}, "server.api.port = 'high'"),
    ],
)
def test_what_it_cannot_start_with_is_named(tmp_path, options, environ, words):
    refused = start(tmp_path / "home", *options, **environ)
    assert refused.returncode == ExitCode.USAGE
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_is_damaged_is_told_in_a_line(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "penstock.db").write_bytes(b"this is no database " * 100)
    refused = start(home, "--port", "0")
    assert refused.returncode == ExitCode.FAILED
    assert "penstock.db" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_proxys_base_path_is_in_front_of_everything(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_BASE_PATH="/penstock/") as server:
        assert server.url.endswith("/penstock/api")
        connection = server.connect()
        for path, status in [("/penstock/api/health", 200), ("/api/health", 404)]:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == status
            answer.read()
        connection.close()


def test_who_waits_is_answered_when_the_server_ends(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    server.ask("POST", "/work_pools/", {"name": "p", "type": "process"})
    waiting = {"worker_name": "w", "worker_id": "00000000-0000-0000-0000-000000000001", "wait_seconds": 30}
    answers: list[int] = []
    polls = [
        threading.Thread(
            target=lambda: answers.append(server.ask("POST", "/work_pools/p/claim", waiting).status)
        )
        for _ in range(3)
    ]
    for index, poll in enumerate(polls):
        waiting["worker_id"] = f"00000000-0000-0000-0000-00000000000{index}"
        poll.start()
    deadline = time.monotonic() + 10
    while len(psutil.Process(server.process.pid).net_connections()) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.stop() == 0  # well before the polls would end
    for poll in polls:
        poll.join(10)
    assert len(answers) == 3
    assert set(answers) <= {200, 503}


def test_a_client_that_gives_up_waiting_leaves_nothing_behind(tmp_path):
    with ServerProcess(tmp_path / "home") as server:
        server.ask("POST", "/work_pools/", {"name": "p", "type": "process"})
        waiting = {
            "worker_name": "w",
            "worker_id": "00000000-0000-0000-0000-000000000001",
            "wait_seconds": 30,
        }
        for _ in range(3):
            connection = server.connect(timeout=0.2)
            connection.request("POST", "/api/work_pools/p/claim", body=json.dumps(waiting))
            with pytest.raises(TimeoutError):
                connection.getresponse()
            connection.close()
        process = psutil.Process(server.process.pid)
        deadline = time.monotonic() + 10
        while [
            c for c in process.net_connections() if c.status == "ESTABLISHED"
        ] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [c for c in process.net_connections() if c.status == "ESTABLISHED"] == []
        assert "ERROR" not in server.output


def test_in_the_background_it_outlives_the_command_and_stop_ends_it(tmp_path):
    home = tmp_path / "home"
    penstock = [sys.executable, "-m", "penstock.cli.main"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*penstock, *arguments],
            env=clean_environ(home),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    started = run("server", "start", "-b", "--port", "0")
    assert started.returncode == 0, started.stderr
    record = running_server(home)
    try:
        assert record.url in started.stdout
        assert "penstock server stop" in started.stderr
        status = json.loads(run("server", "status", "--wait", "--json").stdout)
        assert (status["status"], status["url"], status["process"]) == ("healthy", record.url, record.pid)
        assert len(status["services"]) > 5
        assert run("variable", "set", "a", "1").returncode == 0
        assert os.getpgid(record.pid) == record.pid
    finally:
        stopped = run("server", "stop")
    assert stopped.returncode == 0
    assert running_server(home) is None
    assert "No server runs" in run("server", "stop").stderr
    assert run("server", "status").returncode == ExitCode.UNREACHABLE
    assert run("server", "status", "--wait", "-t", "1").returncode == ExitCode.UNREACHABLE


def test_a_server_that_does_not_come_up_in_the_background_says_why(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = start(tmp_path / "home", "-b", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == ExitCode.FAILED
    assert "Address already in use" in refused.stderr


def test_a_stale_record_of_another_process_is_never_signalled(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        record = {"pid": bystander.pid, "started": "1", "url": "http://127.0.0.1:1/api"}
        (home / "server.json").write_text(json.dumps(record))
        command = [sys.executable, "-m", "penstock.cli.main", "server", "stop"]
        subprocess.run(command, env=clean_environ(home), check=True, capture_output=True, timeout=60)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
