#!/bin/sh
# Checks the manifests against the schemas of Kubernetes (PyPI's kubernetes-validate,
# installed under target/). Kustomizations and KEDA's objects have no schema there.
set -eu
cd "$(dirname "$0")"
version=1.37.0
venv=../../target/tools/kubernetes-validate-$version
if ! [ -x "$venv/bin/kubernetes-validate" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet --disable-pip-version-check install "kubernetes-validate==$version"
fi
exec "$venv/bin/kubernetes-validate" --strict --quiet \
    base/account.yaml ingest/ingest.yaml source/source.yaml base/score.yaml base/watch.yaml base/care.yaml base/insight.yaml base/canary.yaml base/console.yaml base/network.yaml autoscaling-cpu/autoscalers.yaml
