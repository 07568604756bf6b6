"""Prints every event of every device once, and tells what is missing. Needs paho-mqtt 2: subscriber.py HOST [PORT]."""

import json
import sys

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5, Properties
from paho.mqtt.packettypes import PacketTypes

seen, highest, missing = {}, {}, {}  # by (source, id); by source; by source


def on_message(client, _userdata, message):
    event = json.loads(message.payload)
    source, seq, key = event["source"], event["seq"], (event["source"], event["id"])
    if key not in seen:  # else a duplicate
        print(seq or "-", "late" if event["historical"] else "live", source, json.dumps(event["data"]), flush=True)
        seen[key] = True
        if len(seen) > 100_000:
            del seen[next(iter(seen))]
    if seq:  # 0 where the device's disk takes nothing: the number comes later, with a duplicate
        gaps = missing.setdefault(source, set())
        gaps.discard(seq)  # live alarms overtake what waited: a gap may fill up
        gaps.update(range(highest.get(source, seq) + 1, seq))
        highest[source] = max(highest.get(source, seq), seq)
        if gaps:
            print("missing", source, sorted(gaps), flush=True)
    client.ack(message.mid, message.qos)  # only now: what was not printed comes again


session = Properties(PacketTypes.CONNECT)
session.SessionExpiryInterval = 7 * 86_400  # the broker keeps what comes while we are away
client = Client(CallbackAPIVersion.VERSION2, "event-printer", protocol=MQTTv5, manual_ack=True)
client.on_connect = lambda client, *_: client.subscribe("edge-agent/v1/+/+/event/+", qos=1)
client.on_message = on_message
client.connect(sys.argv[1], int((sys.argv[2:] or ["1883"])[0]), clean_start=False, properties=session)
client.loop_forever()
