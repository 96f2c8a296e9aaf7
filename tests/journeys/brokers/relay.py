"""A TCP relay before a broker: to cut it is to restart the broker, as far as clients can tell."""

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from mdm.embedded.supervisor import any_port


class Relay:
    """Hands bytes on between its own port and the server that a URL names."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.target = (parts.hostname, parts.port)
        self.port = any_port()
        _, at, _ = parts.netloc.rpartition("@")
        who = parts.netloc.rpartition("@")[0] + at
        self.url = urlunsplit(parts._replace(netloc=f"{who}127.0.0.1:{self.port}"))

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.connections: list[socket.socket] = [self.listener]
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def close(self) -> None:
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self.target)
                self.connections += [client, server]
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=_pump, args=[source, target], daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
