#!/bin/sh
# Writes the one login the pool knows, then becomes PgBouncer.
set -eu
umask 077
printf '"zhike" "%s"\n' "$POSTGRES_PASSWORD" >/run/pgbouncer/users.txt
exec pgbouncer /etc/pool/pgbouncer.ini
