"""One line to one MQTT broker: the only package that knows aiomqtt."""

from edge.uplink.mqtt.broker import MqttBroker
from edge.uplink.mqtt.line import MqttLine, Session

__all__ = ["MqttBroker", "MqttLine", "Session"]
