# A small image with the one binary. Build: docker build -t ophef .
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        build-essential pkg-config libssl-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /ophef
COPY . .
# `--build-arg FEATURES=onnx` for a classifier of your own, see docs/onnx.md.
ARG FEATURES=""
RUN cargo build --release --locked -p ophef --features "$FEATURES"

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3 zlib1g \
        && rm -rf /var/lib/apt/lists/* \
        && useradd --system --uid 10001 --no-create-home ophef
COPY --from=build /ophef/target/release/ophef /usr/local/bin/ophef
USER 10001
EXPOSE 9464 8484
ENTRYPOINT ["ophef"]
CMD ["--help"]
