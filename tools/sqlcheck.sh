#!/bin/bash
# Usage: tools/sqlcheck.sh SQLC
#
# Fails if store/db is not what SQLC makes of store/query and store/migration
# (a query changed without `make sql`, or generated code changed by hand), or if
# SQLite would not understand the same text.
set -euo pipefail

if [[ ! -f sqlc.yaml ]]; then
	echo "sqlc.yaml is missing: run this at the top of the tree" >&2
	exit 2
fi

sqlc=$(realpath "$1")
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# Generated beside, not over, what is committed: checking must not repair.
cp -r --parents sqlc.yaml store/query store/migration "$copy"
(cd "$copy" && "$sqlc" generate)
if ! diff -ru store/db "$copy/store/db"; then
	echo "store/db is not what sqlc generates: run make sql" >&2
	exit 1
fi

# SQLite's grammar, read for its refusals only: the program runs the text and
# the code of the PostgreSQL engine on both databases.
sed -i -E 's/^([ -]*engine: *).*/\1sqlite/; /^ *sql_package:/d' "$copy/sqlc.yaml"
if ! (cd "$copy" && "$sqlc" compile); then
	echo "SQLite does not take this SQL, see above: one text has to serve both databases" >&2
	exit 1
fi
