"""Events in, MQTT messages out, by way of the outbox."""
