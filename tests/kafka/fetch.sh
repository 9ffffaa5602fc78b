#!/bin/sh
# Fetches the jars of Apache Kafka 4.3.1 from Maven Central (44 MB) for the
# end-to-end tests. Run it as often as you like: it does nothing when they are there.
#
#   tests/kafka/fetch.sh [FOLDER]     FOLDER is target/kafka/lib by default
set -eu

here=$(cd "$(dirname "$0")" && pwd)
lib=${1:-$here/../../target/kafka/lib}
stamp=$lib/.fetched-4.3.1

[ -e "$stamp" ] && exit 0

missing=
command -v java >/dev/null 2>&1 || missing="openjdk-17-jre-headless"
command -v mvn >/dev/null 2>&1 || missing="$missing maven"
if [ -n "$missing" ]; then
    echo "fetch.sh: the real Kafka of the tests needs: apt-get install -y $missing" >&2
    exit 1
fi

mkdir -p "$lib"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$lib" -DincludeScope=runtime
# Last, so that a fetch that was cut short is taken up again.
: >"$stamp"
