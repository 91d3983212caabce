#!/bin/bash
# Runs once, when the primary's database is made: the replica's login, and the line that lets it in.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v password="$REPLICATION_PASSWORD" <<'SQL'
CREATE ROLE replica WITH REPLICATION LOGIN PASSWORD :'password';
SQL
echo "host replication replica all scram-sha-256" >>"$PGDATA/pg_hba.conf"
