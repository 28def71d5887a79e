"""The one way in which the server calls others over HTTP.

    answer = await call(OutsideRequest(url="https://hooks.example.com/x", body=b"{}"), limits.outside)

Webhooks and notifications go where people say, and people may say `http://169.254.169.254/`. So each
connection, that of a redirect too, is made to an address that was looked at, and to no other.
"""

from penstock.server.outside.addresses import OutsidePolicy
from penstock.server.outside.calls import call
from penstock.server.outside.messages import (
    OutsideFailed,
    OutsideRefused,
    OutsideRequest,
    OutsideResponse,
)

__all__ = ["OutsideFailed", "OutsidePolicy", "OutsideRefused", "OutsideRequest", "OutsideResponse", "call"]
