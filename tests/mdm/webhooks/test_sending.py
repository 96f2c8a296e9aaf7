import socket
import time

import pytest

from mdm.webhooks import sending
from mdm.webhooks.sending import AddressRefusedError, Message, check_url, is_public, post_all

MESSAGE = Message("{}", {"webhook-id": "x"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "ff02::1",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e"])
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://firm.example/x", "https://", "firm.example", "https://user:pass@firm.example/",
        "file:///etc/passwd", "http://firm.example/", "https://[::1", "",
    ],
)  # fmt: skip
def test_what_is_no_safe_web_address_is_refused(settings, url):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False

    with pytest.raises(AddressRefusedError):
        check_url(url)


def test_nothing_is_sent_to_a_private_address(settings, receiver):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False

    [answer] = post_all(receiver.url.replace("http", "https"), [MESSAGE])

    assert (answer.status, answer.problem) == (None, "localhost is a private address")
    assert receiver.offered == []


def test_a_name_with_one_private_address_among_public_ones_is_refused(settings, monkeypatch):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    found = [(2, 1, 6, "", (each, 443)) for each in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found)

    assert "private" in post_all("https://firm.example/", [MESSAGE])[0].problem


def test_the_address_that_was_checked_is_the_one_connected_to(receiver, monkeypatch):
    """A name that means something else when it is asked for again is not asked for again."""
    asked, real = [], socket.getaddrinfo

    def rebinding(host, *arguments, **options):
        asked.append(host)
        answers = {"rebinding.example": "127.0.0.1" if len(asked) == 1 else "127.0.0.9"}
        return real(answers.get(host, host), *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    url = f"http://rebinding.example:{receiver.port}/hook"
    answers = post_all(url, [MESSAGE, MESSAGE])

    assert [each.status for each in answers] == [204, 204]
    assert asked.count("rebinding.example") == 1
    assert receiver.signed[0][1]["Host"] == f"rebinding.example:{receiver.port}"


def test_redirects_are_not_followed(receiver):
    receiver.answer, receiver.headers = lambda _event: 302, {"Location": receiver.url}

    [answer] = post_all(receiver.url, [MESSAGE])

    assert (answer.status, answer.taken, answer.refused) == (302, False, True)
    assert len(receiver.offered) == 1


def test_an_answer_without_end_is_a_failure(receiver):
    receiver.answer = lambda _event: 200
    receiver.body = b"x" * (sending.LARGEST_ANSWER + 1)

    [answer] = post_all(receiver.url, [MESSAGE])

    assert not answer.taken
    assert answer.problem == "answered more than 64 KiB"


def test_a_slow_receiver_is_given_up(receiver, settings):
    settings.WEBHOOK_SECONDS = 0.3
    receiver.seconds = 2.0
    started = time.monotonic()

    [answer] = post_all(receiver.url, [MESSAGE])

    assert "took longer" in answer.problem
    assert time.monotonic() - started < 2.0


def test_a_proxy_of_the_environment_is_not_used(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert post_all(receiver.url, [MESSAGE])[0].taken
