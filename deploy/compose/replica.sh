#!/bin/bash
# Copies the primary once, then stands by and follows it. To let it take over: pg_ctl promote.
set -euo pipefail
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
    rm -rf "${data:?}"/*
    until pg_basebackup -h db -U replica -D "$data" -X stream -R -c fast; do
        sleep 3
    done
    chmod 0700 "$data"
fi
exec postgres -D "$data" -c hot_standby=on
