"""Which proxy the environment asks for."""

import pytest

from penstock.client.proxies import Proxy, proxy_for
from penstock.domain.errors import InvalidInput

PROXY = Proxy("proxy", 3128)


@pytest.mark.parametrize(
    ("scheme", "environment", "expected"),
    [
        ("http", {}, None),
        ("http", {"HTTP_PROXY": "http://proxy:3128"}, PROXY),
        ("http", {"http_proxy": "proxy:3128"}, PROXY),
        ("http", {"HTTPS_PROXY": "http://proxy:3128"}, None),
        ("https", {"HTTPS_PROXY": "http://proxy:3128"}, PROXY),
        ("https", {"ALL_PROXY": "http://proxy:3128"}, PROXY),
        ("https", {"ALL_PROXY": "http://other", "https_proxy": "http://proxy:3128"}, PROXY),
        ("http", {"HTTP_PROXY": "http://proxy"}, Proxy("proxy", 80)),
        ("http", {"HTTP_PROXY": "http://a:b@proxy:3128"}, Proxy("proxy", 3128, "Basic YTpi")),
    ],
)
def test_the_proxy_of_a_scheme(scheme, environment, expected):
    assert proxy_for(scheme, "example.org", environment) == expected


@pytest.mark.parametrize(
    ("host", "exceptions", "direct"),
    [
        ("localhost", "", True),
        ("127.0.0.1", "", True),
        ("127.3.2.1", "", True),
        ("::1", "", True),
        ("10.0.0.1", "", False),
        ("api.example.org", "example.org", True),
        ("api.example.org", ".example.org", True),
        ("badexample.org", "example.org", False),
        ("example.org", "other.org, Example.org", True),
        ("example.org", "*", True),
        ("example.org", ",", False),
    ],
)
def test_exceptions(host, exceptions, direct):
    environment = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": exceptions}
    assert proxy_for("http", host, environment) == (None if direct else PROXY)


@pytest.mark.parametrize("url", ["socks5://proxy:1080", "https://proxy", "http://"])
def test_another_kind_of_proxy_is_refused_by_the_name_of_the_variable(url):
    with pytest.raises(InvalidInput, match="ALL_PROXY is not the URL of an HTTP proxy"):
        proxy_for("http", "example.org", {"ALL_PROXY": url})
