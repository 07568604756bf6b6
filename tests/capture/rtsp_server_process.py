"""The process of `rtsp_camera.RtspCamera`: ``/usr/bin/python3 rtsp_server_process.py PORT PICTURES [USER PASSWORD]``.

PICTURES is ``pattern``, or an MP4 file with H.264, which each client sees from its beginning.
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions are chosen before the import

PATTERN = (
    "( videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=15/1 "
    "! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
)
RECORDING = '( filesrc location="{}" ! qtdemux ! rtph264pay name=pay0 pt=96 config-interval=-1 )'


def main(port: str, pictures: str, user: str = "", password: str = "") -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    live = pictures == "pattern"
    factory.set_launch(PATTERN if live else RECORDING.format(pictures))
    factory.set_shared(live)
    factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)  # as a camera behind a firewall
    if user:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
        factory.add_role_from_structure(
            Gst.Structure.new_from_string("user,media.factory.access=true,media.factory.construct=true")
        )
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


main(*sys.argv[1:])
