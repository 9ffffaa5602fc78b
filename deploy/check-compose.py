"""Checks docker-compose.yml against Compose's own schema, and that .env has every variable.

usage: check-compose.py SCHEMA
"""

import json
import re
import sys

import jsonschema
import yaml

schema = json.load(open(sys.argv[1], encoding="utf-8"))
text = open("docker-compose.yml", encoding="utf-8").read()
lines = open(".env", encoding="utf-8").read().splitlines()
variables = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

used = set(re.findall(r"\$\{(\w+)", text))
if used != set(variables):
    sys.exit(f"docker-compose.yml and .env differ in {sorted(used ^ set(variables))}")
compose = yaml.safe_load(re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], text))
# Parts that begin with x- are for us alone.
compose = {key: value for key, value in compose.items() if not key.startswith("x-")}
jsonschema.validate(compose, schema)

for name, service in compose["services"].items():
    if not re.search(r":v?\d+\.\d+\.\d+$", service["image"]):
        sys.exit(f"{name}: {service['image']} isn't a version")
    for port in service.get("ports", []):
        if not port.startswith("127.0.0.1:"):
            sys.exit(f"{name}: {port} isn't on loopback")
    if "healthcheck" not in service:
        sys.exit(f"{name} has no health check")
    for other in service.get("depends_on", {}):
        if other not in compose["services"]:
            sys.exit(f"{name} waits for {other}, which isn't there")
