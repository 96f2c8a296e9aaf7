"""Pulling over HTTP: page by page, without loss, and never from where a feed must not reach."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mdm.feeds.readers import FileRefusedError, http


class Source(ThreadingHTTPServer):
    """A source system on this host: `pages` maps a path to (status, body)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages = {}
        self.asked = []

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, body = self.server.pages.get(self.path, (404, "{}"))
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def source():
    with Source() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def pulled(url, **options):
    pages = http.pull(url, options, allow_private=True)
    return [json.loads(line) for line in b"".join(pages).splitlines()]


def test_a_page_that_is_a_list_is_pulled(source):
    source.pages["/clients"] = 200, '[{"id":1},{"id":2,"name":"Ann"}]'

    assert pulled(source.url("/clients")) == [{"id": 1}, {"id": 2, "name": "Ann"}]


def test_pages_are_followed_to_the_last(source):
    for number in range(1, 4):
        following = f"/clients?page={number + 1}" if number < 3 else None
        page = {"data": {"items": [{"id": number}]}, "links": {"next": following}}
        source.pages[f"/clients?page={number}"] = 200, json.dumps(page)

    records = pulled(source.url("/clients?page=1"), records="data.items", next="links.next")

    assert records == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_pages_that_go_in_a_circle_are_refused_at_once(source):
    source.pages["/a"] = 200, '{"items":[{"id":1}],"next":"/b"}'
    source.pages["/b"] = 200, '{"items":[{"id":2}],"next":"/a"}'

    with pytest.raises(FileRefusedError, match="circle"):
        pulled(source.url("/a"), records="items", next="next")

    assert source.asked == ["/a", "/b"]


def test_long_numbers_survive_the_way(source):
    source.pages["/clients"] = 200, '[{"id":123456789012345678901234567890}]'

    assert pulled(source.url("/clients")) == [{"id": "123456789012345678901234567890"}]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ((200, "<html>"), "is not JSON"),
        ((200, ""), "is not JSON"),
        ((200, '{"items":[]}'), "holds no list of records"),
        ((200, "42"), "holds no list of records"),
        ((200, '[{"id":1,"id":2}]'), "has the member 'id' twice"),
        ((404, "{}"), "cannot be had: .*404"),
        ((500, "{}"), "cannot be had: .*500"),
        ((302, ""), "cannot be had: .*302"),
    ],
)
def test_an_answer_that_holds_no_records_is_refused_with_its_address(source, page, message):
    source.pages["/clients"] = page

    with pytest.raises(FileRefusedError, match=message) as refused:
        pulled(source.url("/clients"))

    assert refused.value.message.startswith(source.url("/clients"))
    assert refused.value.remedy.endswith(".")


def test_a_page_that_is_too_large_is_refused(source, monkeypatch):
    monkeypatch.setattr(http, "LARGEST_PAGE", 1_000)
    source.pages["/clients"] = 200, json.dumps([{"id": "x" * 2_000}])

    with pytest.raises(FileRefusedError, match="answers with too much"):
        pulled(source.url("/clients"))


def test_an_endless_feed_is_refused(source, monkeypatch):
    monkeypatch.setattr(http, "MOST_PAGES", 2)
    for number in range(3):
        source.pages[f"/{number}"] = 200, json.dumps({"items": [], "next": f"/{number + 1}"})

    with pytest.raises(FileRefusedError, match="is page 2"):
        pulled(source.url("/0"), records="items", next="next")


def test_a_host_that_does_not_answer_is_refused(source):
    url = source.url("/clients")
    source.shutdown()
    source.server_close()

    with pytest.raises(FileRefusedError, match="cannot be had"):
        pulled(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clients",
        "ftp://firm.com/x",
        "file:///etc/passwd",
        "http://",
        "http://[foo/x",
        "http://firm.com:99999/x",
        "http://firm.com:port/x",
    ],
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(FileRefusedError, match="is not a web address"):
        pulled(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://10.0.0.1/x",
        "http://192.168.1.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://0.0.0.0/x",
        "http://2130706433/x",
    ],
)
def test_private_addresses_are_refused_unless_they_are_meant(url):
    with pytest.raises(FileRefusedError, match="is a private address"):
        list(http.pull(url, {}, allow_private=False))


def test_a_page_cannot_lead_into_the_private_network(source):
    source.pages["/clients"] = 200, '{"items":[],"next":"http://127.0.0.1/admin"}'

    with pytest.raises(FileRefusedError, match="is a private address"):
        list(http.pull(source.url("/clients"), {"next": "next"}, allow_private=False))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".com", "firm..com"])
def test_a_host_that_cannot_be_found_is_refused(host):
    with pytest.raises(FileRefusedError, match="cannot be found"):
        list(http.pull(f"http://{host}/x", {}, allow_private=False))
