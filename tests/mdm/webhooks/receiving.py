"""A receiver of webhooks: a real HTTP server that can be slow, wrong, dead and back."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook


class Receiver:
    """Keeps what it took, in order; `answer(event)` says with which status it answers."""

    def __init__(self, port=0):
        self.port = port
        self.taken, self.offered, self.signed = [], [], []
        self.answer = lambda _event: 204
        self.body, self.headers, self.seconds = b"", {}, 0.0
        self.lock = threading.Lock()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.receive(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://localhost:{self.port}/hook"

    def receive(self, request):
        body = request.rfile.read(int(request.headers["content-length"]))
        event = json.loads(body)
        time.sleep(self.seconds)
        status = self.answer(event)
        with self.lock:
            self.offered.append(event)
            self.signed.append((body, dict(request.headers)))
            if 200 <= status < 300:
                self.taken.append(event)
        try:
            request.send_response(status)
            for name, value in {"Content-Length": str(len(self.body)), **self.headers}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(self.body)
        except OSError:
            pass  # whoever asked has gone

    def verified(self, secret):
        """What was offered, each checked with the secret as a receiver would."""
        return [Webhook(secret).verify(body, headers) for body, headers in self.signed]


def assert_in_order(events):
    """Of each golden record the sequences rise by one, once repeated ids are left out."""
    seen, last = set(), {}
    for event in events:
        if event["id"] in seen or "subject" not in event:
            continue
        seen.add(event["id"])
        before = last.get(event["subject"], int(event["sequence"]) - 1)
        assert int(event["sequence"]) == before + 1
        last[event["subject"]] = before + 1
