"""Bytewax + vaderSentiment + orjson, one worker, its stock connectors."""

import os

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from measure import Meter

count = int(os.environ["PEER_COUNT"])
brokers = [os.environ["PEER_BROKERS"]]
polarity = SentimentIntensityAnalyzer().polarity_scores
meter = Meter()


def score(message):
    if meter.records == count:
        # There is no other way to end a flow over a topic that has no end.
        meter.show()
        os._exit(0)
    meter.step()
    mention = orjson.loads(message.value)
    mention["score"] = polarity(mention["text"])
    return KafkaSinkMessage(message.key, orjson.dumps(mention))


flow = Dataflow("peer")
source = KafkaSource(brokers, [os.environ["PEER_INPUT"]], tail=True, batch_size=500)
mentions = op.input("mentions", flow, source)
scored = op.map("score", mentions, score)
sink = KafkaSink(
    brokers, os.environ["PEER_OUTPUT"], add_config={"compression.type": "lz4", "linger.ms": "20"}
)
op.output("scored", scored, sink)
cluster_main(flow, [], 0)
