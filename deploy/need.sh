#!/bin/sh
# Names every system package that a build or a test lacks, and installs them
# where that needs no question (as root on Debian or Ubuntu).
# usage: need.sh build|test|browser
set -eu

missing=""
need() { # need COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need_library() { # need_library PKG_CONFIG_NAME PACKAGE
    pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"
}

need_venv() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
}

need cc build-essential
need make make
need pkg-config pkg-config
need_library openssl libssl-dev
need_library zlib zlib1g-dev
if [ "${1:-build}" = test ]; then
    need java default-jre-headless
    need mvn maven
    need_venv
    need promtool prometheus
    need amtool prometheus-alertmanager
fi

# For the tests of the console, which are skipped where it is missing.
if [ "${1:-build}" = browser ]; then
    need chromium chromium
    need chromedriver chromium-driver
fi

if [ -n "$missing" ]; then
    command="apt-get install -y --no-install-recommends$missing"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing what is missing:$missing"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        $command >/dev/null
    else
        echo "Missing system packages:$missing" >&2
        echo "Install them with:  sudo $command" >&2
        exit 1
    fi
fi

if ! command -v cargo >/dev/null 2>&1; then
    echo "Missing: a Rust toolchain (1.91 or newer). See https://rustup.rs" >&2
    exit 1
fi
