#!/bin/sh
# The pipeline's speed beside what people would build otherwise, on a real Kafka, all in
# one run. Starts a Kafka of its own, runs `ophef bench pipeline` with the peers as
# further stages, and stops it. Whatever is said behind `--` goes to `ophef bench pipeline`.
#
#   benches/pipeline.sh [-- --mentions 1000000 --rounds 3]
#
# The figures go to standard output and to target/benches/results.txt; benches/RESULTS.md
# holds those of a quiet machine.
set -eu
cd "$(dirname "$0")/.."
[ "${1:-}" = "--" ] && shift
# What the Python peers score in half a minute; rates don't depend on it.
peer_mentions=${PEER_MENTIONS:-100000}
lib=${OPHEF_KAFKA_LIB:-$PWD/target/kafka/lib}
tests/kafka/fetch.sh "$lib"
work=$PWD/target/benches
mkdir -p "$work"
cargo build --quiet --release --locked -p ophef

# The peers. One that can't be installed is left out, and said.
peers=
if python3 -m venv "$work/venv" &&
  "$work/venv/bin/pip" install --quiet --requirement benches/peers/requirements.txt; then
  python="$work/venv/bin/python benches/peers"
  peers="--peer 'Python, VADER=$python/confluent_vader.py' --peer 'Bytewax, VADER=$python/bytewax_vader.py'"
else
  echo "pipeline.sh: the Python peers can't be installed and are left out" >&2
fi
if mvn -q -B -f benches/peers/streams/pom.xml package dependency:copy-dependencies \
  -DincludeScope=runtime; then
  streams=target/peers/streams
  peers="$peers --peer 'Kafka Streams, trivial=java -XX:+UseParallelGC -Xmx512m -cp $streams/classes:$streams/dependency/* Peer'"
else
  echo "pipeline.sh: Kafka Streams can't be built and is left out" >&2
fi

# A Kafka of one node on two free ports.
data=$(mktemp -d)
ports=$(python3 -c '
import socket
sockets = [socket.socket() for _ in range(2)]
[s.bind(("127.0.0.1", 0)) for s in sockets]
print(*[s.getsockname()[1] for s in sockets])')
port=${ports% *}
controller=${ports#* }
cat >"$data/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$data/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.segment.delete.delay.ms=1000
END
java -Xmx128m -cp "$lib/*" kafka.tools.StorageTool format -t AAAAAAAAQACAAAAAAAAAAQ \
  -c "$data/server.properties" >"$data/log" 2>&1
java -Xms512m -Xmx512m -cp "$lib/*" kafka.Kafka "$data/server.properties" >>"$data/log" 2>&1 &
broker=$!
trap 'kill -9 $broker 2>/dev/null; wait $broker 2>/dev/null || true; rm -rf "$data"' EXIT
trap 'exit 1' INT TERM
tries=0
until grep -q 'Kafka Server started' "$data/log"; do
  tries=$((tries + 1))
  if [ $tries -gt 300 ] || ! kill -0 $broker 2>/dev/null; then
    tail -20 "$data/log" >&2
    echo "pipeline.sh: Kafka didn't start; its log is above" >&2
    exit 1
  fi
  sleep 0.2
done

export PYTHONPATH=benches/peers
{
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores," \
    "$(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB," \
    "Linux $(uname -r | cut -d- -f1); broker, benchmark and clients share them"
  echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
  eval "timeout 3600 target/release/ophef bench pipeline --brokers 127.0.0.1:$port \
    --peer-mentions $peer_mentions $peers $*"
  echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
} >"$work/results.txt"
cat "$work/results.txt"
