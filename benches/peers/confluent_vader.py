"""confluent-kafka + vaderSentiment + orjson, at least once, a commit every 100 ms."""

import os
import time

import orjson
from confluent_kafka import Consumer, Producer
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from measure import Meter

count = int(os.environ["PEER_COUNT"])
brokers = os.environ["PEER_BROKERS"]
output = os.environ["PEER_OUTPUT"]
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": os.environ["PEER_GROUP"],
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
producer = Producer(
    {"bootstrap.servers": brokers, "compression.type": "lz4", "linger.ms": 20, "acks": "all"}
)
consumer.subscribe([os.environ["PEER_INPUT"]])
polarity = SentimentIntensityAnalyzer().polarity_scores
meter = Meter()
last_commit = time.monotonic()
committed = 0


def commit():
    """Commits what was read since the last time; the client takes nothing new for a fault."""
    global committed
    producer.flush()
    if meter.records > committed:
        consumer.commit(asynchronous=False)
        committed = meter.records


while meter.records < count:
    for message in consumer.consume(500, 0.1):
        if message.error():
            raise SystemExit(message.error())
        meter.step()
        mention = orjson.loads(message.value())
        mention["score"] = polarity(mention["text"])
        producer.produce(
            output, orjson.dumps(mention), message.key(), partition=message.partition()
        )
        producer.poll(0)
    if time.monotonic() - last_commit >= 0.1:
        commit()
        last_commit = time.monotonic()
commit()
meter.show()
consumer.close()
