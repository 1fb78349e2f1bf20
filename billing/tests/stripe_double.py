"""A loopback HTTP server that answers as Stripe's Checkout API does, from its documented shapes."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SHAPE = json.loads((Path(__file__).parent / "data" / "stripe_checkout_session.json").read_text())


class StripeDouble:
    """`change` alters the session to come; `status` makes the next answers errors; `calls` records what was sent."""

    def __init__(self) -> None:
        self.session: dict[str, object] = dict(SHAPE)
        self.by_key: dict[str, dict[str, object]] = {}
        self.calls: list[tuple[str, str, dict[str, list[str]], str]] = []
        self.status = 200
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def change(self, **fields: object) -> None:
        self.session.update(fields)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, form: dict[str, list[str]], key: str) -> dict[str, object]:
        self.calls.append((method, path, form, key))
        if self.status != 200:
            return {"error": {"type": "api_error", "message": "out of order"}}
        if method == "GET":
            return self.session
        self.by_key.setdefault(key, {**self.session, "client_reference_id": form["client_reference_id"][0]})
        return self.by_key[key]

    def _handler(double: StripeDouble) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def _respond(self, form: dict[str, list[str]]) -> None:
                key = self.headers.get("Idempotency-Key", "")
                body = json.dumps(double.answer(self.command, urlsplit(self.path).path, form, key)).encode()
                self.send_response(double.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self._respond(parse_qs(urlsplit(self.path).query))

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                self._respond(parse_qs(self.rfile.read(length).decode()))

            def log_message(self, *args: object) -> None: ...

        return Handler
