"""The smallest client of the API, the same for both sides, so that it favours neither."""

import http.client
import json
import time
from typing import Any

_BUSY = 503
_PATIENCE = 60
"""How often a busy server is asked again."""


class Rest:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the decoded answer, as `answer` does."""
        text = self.answer(method, path, body)
        return json.loads(text) if text else None

    def answer(self, method: str, path: str, body: Any = None) -> bytes:
        """Send a request and return what comes; again while the server is too busy, or hangs up.

        Raises `RuntimeError` on another error status.
        """
        payload = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if payload else {}
        for patience in range(_PATIENCE, -1, -1):
            try:
                self._connection.request(method, f"/api{path}", payload, headers)
                response = self._connection.getresponse()
                text = response.read()
            except (BrokenPipeError, ConnectionResetError):
                self._connection.close()
                if not patience:
                    raise
                continue
            if response.status != _BUSY or not patience:
                break
            time.sleep(0.5)
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:500]!r}")
        return text

    def is_healthy(self) -> bool:
        """Whether the server answers."""
        try:
            return bool(self.call("GET", "/health"))
        except (OSError, http.client.HTTPException, RuntimeError):
            self._connection.close()
            return False

    def deploy(self, flow: str, entrypoint: str, directory: str, pool: str = "bench") -> str:
        """Make a process pool and a deployment in it; return the deployment's id."""
        template = self._process_template()
        pools = self.call("POST", "/work_pools/filter", {})
        if pool not in [known["name"] for known in pools]:
            self.call(
                "POST", "/work_pools/", {"name": pool, "type": "process", "base_job_template": template}
            )
        flow_id = self.call("POST", "/flows/", {"name": flow})["id"]
        step = {"prefect.deployments.steps.set_working_directory": {"directory": directory}}
        deployment = {
            "name": "bench",
            "flow_id": flow_id,
            "entrypoint": entrypoint,
            "path": directory,
            "pull_steps": [step],
            "work_pool_name": pool,
            "parameter_openapi_schema": {"type": "object", "properties": {}},
        }
        return str(self.call("POST", "/deployments/", deployment)["id"])

    @staticmethod
    def _process_template() -> dict[str, Any]:
        nullable_text = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        texts = {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
        variables = {
            "name": nullable_text,
            "env": texts,
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "command": nullable_text,
            "stream_output": {"type": "boolean", "default": True},
            "working_dir": nullable_text,
        }
        return {
            "job_configuration": {name: "{{ " + name + " }}" for name in variables},
            "variables": {"type": "object", "properties": variables},
        }
