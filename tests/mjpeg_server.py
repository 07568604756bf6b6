"""An HTTP camera on 127.0.0.1: multipart/x-mixed-replace, with or without a password; it can vanish and come back."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import final

import cv2
import numpy as np
from free_ports import free_ports

_PICTURE = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()


@final
class MjpegCamera:
    """Starts at once; the port stays the same when it comes back.

    Attributes:
        port: TCP port on 127.0.0.1.
        silent: Set to send no more pictures while the connection stays open.
    """

    def __init__(self, user: str = "", password: str = "") -> None:
        self.silent = threading.Event()
        self._expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self._vanished = threading.Event()
        self._connections: list[socket.socket] = []
        self._server: ThreadingHTTPServer | None = None
        (self.port,) = free_ports(1)  # no port that is given to whoever connects while this camera is away
        self.appear()

    def appear(self) -> None:
        self._vanished.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def vanish(self) -> None:
        """Stop listening and cut every connection."""
        self._vanished.set()
        if self._server is not None:
            self._server.shutdown()
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the other side was faster
                    connection.shutdown(socket.SHUT_RDWR)
            self._connections.clear()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> MjpegCamera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.vanish()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._connections.append(self.connection)
                with contextlib.suppress(OSError):  # the client hung up
                    self._answer()

            def _answer(self) -> None:
                if camera._expected and self.headers.get("Authorization") != camera._expected:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                elif self.path.startswith("/video"):
                    self._stream()
                else:
                    self.send_error(404)

            def _stream(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                self.close_connection = True
                while not camera._vanished.wait(0.02):
                    if not camera.silent.is_set():
                        self.wfile.write(
                            b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"
                            % (len(_PICTURE), _PICTURE)
                        )

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
                pass

        return Handler
