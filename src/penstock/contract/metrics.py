"""Numbers about the server that answers, for whoever watches over it."""

from penstock.contract.endpoint import endpoint
from penstock.domain.errors import NotFound


@endpoint(
    "GET",
    "/metrics",
    action="metrics:read",
    errors=(NotFound,),
    media_type="text/plain; version=0.0.4; charset=utf-8",
    ours=True,
)
def read_metrics() -> bytes:
    """What it has counted, in the text format of Prometheus. Also at `/metrics`, beside the API."""
