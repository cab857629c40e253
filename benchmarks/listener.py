"""A desk's ear in a process of its own: one line per message, and a receipt for each.

`python -m benchmarks.listener PORT TOPIC` prints "ready", then for every message
"<monotonic ns> <alert id> <alert rev> <rows>" with "-" for what it has not.
"""

from __future__ import annotations

import json
import sys
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge.clock import RandomIds, SystemClock
from edge.uplink.envelope import receipt
from edge.uplink.envelope.wire import OfPart


def main() -> None:
    port, topic = int(sys.argv[1]), sys.argv[2]
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener")
    clock, ids = SystemClock("UTC", trusted=True), RandomIds()

    def told(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        heard_ns = time.monotonic_ns()
        envelope = json.loads(message.payload)
        data = envelope.get("data", {})
        alert = data.get("alert", {})
        rev = alert.get("rev")
        print(heard_ns, alert.get("id", "-"), rev or "-", data.get("count", "-"), flush=True)
        now = clock.now()
        of = OfPart(source=envelope["source"], id=envelope["id"], alert=alert.get("id"), rev=rev)
        body = receipt("bench", of, id=ids.uuid7(now), at=now)
        client.publish(f"kotivahti/v1/{message.topic.split('/')[2]}/down/ack", body, qos=1)

    client.on_message = told
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.subscribe(topic, qos=1)
    client.loop_forever()


if __name__ == "__main__":
    main()
