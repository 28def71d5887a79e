"""The HTTP API, declared once: what each endpoint takes, answers and requires.

Server routes, the client, OpenAPI and the route and role matrix are derived from `registry.ENDPOINTS`.
"""
