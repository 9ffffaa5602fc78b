# The two commands of a newcomer: `make demo` and `make test`. Both name every
# system package that is missing, and need no Docker.

CARGO ?= cargo
KAFKA_LIB := $(CURDIR)/target/kafka/lib
TOOLS := $(CURDIR)/target/tools
CARGO_DENY_VERSION := 0.20.2
export OPHEF_KAFKA_LIB ?= $(KAFKA_LIB)
# Crates with laws, but those whose laws play whole stages.
LAWS := brands conversation detect mention plot redact sentiment trends

.PHONY: help demo build test lint deny manifests unit laws kafka chaos train clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: tools-build ## the whole pipeline on a bundled week, in this terminal
	$(CARGO) build --release --locked -p ophef
	target/release/ophef demo $(DEMO_ARGS)

build: tools-build ## the binary, target/release/ophef
	$(CARGO) build --release --locked -p ophef

test: tools-build tools-test lint deny manifests unit ## format, lints, licences and all tests, those on a real Kafka included

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --workspace --all-targets --features ophef/onnx -- -D warnings

# Built once if it isn't installed; without optimisation, which would take longer than it
# saves.
DENY := $(or $(shell command -v cargo-deny),$(TOOLS)/bin/cargo-deny)

deny: $(DENY)
	$(CARGO) fetch --locked --quiet
	$(DENY) --offline --locked check licenses bans sources

# The second line is what only a build with the feature `onnx` has; the whole workspace is
# named so that nothing else is built anew. Laws are tried on the same cases each time, so
# that a red test is the change's own fault; `make laws` looks for cases nobody has seen.
unit: export PROPTEST_RNG_SEED ?= 20261123
unit: kafka
	$(CARGO) test --locked --workspace
	$(CARGO) test --locked --workspace --features ophef/onnx --test onnx --test settings
	@[ -n "$$OPHEF_DATA" ] || printf '\n*** SKIPPED: the tests on real mentions. Set OPHEF_DATA to the data folder to run them. ***\n'

manifests: tools-test
	deploy/kubernetes/check.sh
	deploy/check-compose.sh

kafka: tools-test ## the real Apache Kafka for the tests, from Maven Central
	tests/kafka/fetch.sh $(OPHEF_KAFKA_LIB)

CASES ?= 2000
laws: ## the laws on random cases, never the same ones: `make laws CASES=100000`
	PROPTEST_CASES=$(CASES) $(CARGO) test --locked $(LAWS:%=-p %) --lib --test laws --no-fail-fast

# Of the same seed come the same load, faults and pauses: `make chaos SEED=7`.
SEED ?= $(shell date +%s)
chaos: kafka ## faults under load on a real Kafka, the long form: an hour, as root
	CHAOS_SEED=$(SEED) $(CARGO) test --locked -p tests --test chaos -- --include-ignored --nocapture --test-threads 1

train: ## train the sentiment model anew from the data folder (OPHEF_DATA)
	$(CARGO) run --release --locked -p train -- --data "$${OPHEF_DATA:?set OPHEF_DATA to the data folder}" --out crates/sentiment/model/ophef-linear.bin

$(TOOLS)/bin/cargo-deny:
	$(CARGO) install --quiet --debug --locked --version $(CARGO_DENY_VERSION) --root $(TOOLS) cargo-deny

.PHONY: tools-build tools-test
tools-build:
	@deploy/need.sh build

tools-test:
	@deploy/need.sh test

clean:
	$(CARGO) clean
