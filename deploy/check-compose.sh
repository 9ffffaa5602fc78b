#!/bin/sh
# Checks docker-compose.yml against Compose's schema, which comes with PyPI's
# docker-compose; only that file of it is used. kubernetes/check.sh has made the place
# with the libraries.
set -eu
cd "$(dirname "$0")/.."
version=1.29.2
tools=target/tools
venv=$(echo "$tools"/kubernetes-validate-*)
schema=$tools/compose-$version/compose/config/compose_spec.json
if ! [ -f "$schema" ]; then
    mkdir -p "$tools/compose-$version"
    "$venv/bin/pip" --quiet --disable-pip-version-check download --no-deps \
        --dest "$tools/compose-$version" "docker-compose==$version"
    (cd "$tools/compose-$version" && python3 -m zipfile -e docker_compose-*.whl .)
fi
exec "$venv/bin/python" deploy/check-compose.py "$schema"
