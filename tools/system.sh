#!/bin/sh
# Installs what must come from the system and is missing: `system.sh run` what running needs, `system.sh test` what the
# tests need too. Says what to install when it cannot.
set -eu

python=${PYTHON:-python3}
wanted=""
want() { wanted="$wanted $1"; }

if ! command -v "$python" >/dev/null 2>&1; then
    want python3; want python3-venv
elif [ ! -x .venv/bin/python ] && ! "$python" -c 'import ensurepip' 2>/dev/null; then
    want python3-venv
fi
if [ "${1:-run}" = test ]; then
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || want postgresql
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1 || want chromium
    command -v redis-server >/dev/null 2>&1 || want redis-server
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || want pgbouncer
    fc-list :lang=zh 2>/dev/null | grep -q . || want fonts-noto-cjk
fi

if [ -n "$wanted" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Please install, by the names your system uses:$wanted" >&2
        exit 1
    fi
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            echo "Please run: sudo apt-get install$wanted" >&2
            exit 1
        fi
        as_root="sudo"
    fi
    echo "Installing from the system's packages:$wanted"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root apt-get install -y -qq --no-install-recommends $wanted >/dev/null
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Zhike needs Python 3.11 or newer; $python is older. Name another one: make PYTHON=python3.12" >&2
    exit 1
}
