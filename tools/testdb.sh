#!/bin/bash
# Usage: tools/testdb.sh COMMAND [ARGUMENT...]
#
# Runs COMMAND with PUNTE_TEST_POSTGRES set to the address of a PostgreSQL
# server that lives as long as COMMAND does: in a temporary folder, on a free
# port of 127.0.0.1, with a password nobody else knows; and with
# PUNTE_TEST_FOLDER set to a folder for SQLite's files. Ends with COMMAND's exit
# code, 130 after Ctrl-C, 2 if there is no server to be had.
#
# If PUNTE_TEST_POSTGRES is set already, that server is used and none is started.
# PUNTE_PG_BIN names the folder of initdb and postgres, if it is an unusual one.
set -euo pipefail

if [[ $# -eq 0 ]]; then
	echo "usage: tools/testdb.sh COMMAND [ARGUMENT...]" >&2
	exit 2
fi
if [[ -n ${PUNTE_TEST_POSTGRES:-} ]]; then
	exec "$@"
fi

# programs prints the folder of the newest PostgreSQL here, or nothing.
programs() {
	local folder initdb
	for folder in ${PUNTE_PG_BIN:+"$PUNTE_PG_BIN"} $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
		if [[ -x $folder/initdb && -x $folder/postgres ]]; then
			echo "$folder"
			return
		fi
	done
	if initdb=$(command -v initdb); then
		dirname "$(readlink -f "$initdb")"
	fi
}

bin=$(programs)
if [[ -z $bin ]]; then
	"${BASH_SOURCE[0]%/*}/install.sh" "PostgreSQL (for the tests)" postgresql
	bin=$(programs)
fi
if [[ -z $bin ]]; then
	echo "PostgreSQL's initdb is nowhere to be found: set PUNTE_PG_BIN to its folder" >&2
	exit 2
fi

# In memory, where there is plenty of it: nothing here is kept.
memory=''
if [[ -d /dev/shm && -w /dev/shm ]] && (($(df --output=avail -k /dev/shm | tail -1) > 4 * 1024 * 1024)); then
	memory=/dev/shm
fi
home=$(mktemp -d "${memory:-${TMPDIR:-/tmp}}/punte-test.XXXXXX")
server=''
work=''

# clean leaves nothing behind. The data is thrown away: the server need not
# write it down first (QUIT).
# shellcheck disable=SC2317 # called by trap
clean() {
	trap '' INT TERM HUP
	if [[ -n $server ]]; then
		kill -QUIT "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$home"
}
trap clean EXIT

# interrupted SIGNAL CODE passes the signal on to everything COMMAND started,
# and waits for its end, so that no test loses its database while it runs.
# shellcheck disable=SC2317 # called by trap
interrupted() {
	trap '' INT TERM HUP
	if [[ -n $work ]]; then
		kill "-$1" -- "-$work" 2>/dev/null || true
		wait "$work" 2>/dev/null || true
	fi
	exit "$2"
}
trap 'interrupted INT 130' INT
trap 'interrupted TERM 143' TERM
trap 'interrupted HUP 129' HUP

# PostgreSQL refuses to run as root. --pdeathsig ends the server with this
# script even when the script is killed in a way no trap can see.
as=(setpriv --pdeathsig QUIT)
if [[ $EUID -eq 0 ]]; then
	user=nobody
	if id postgres >/dev/null 2>&1; then
		user=postgres
	fi
	as+=("--reuid=$user" "--regid=$(id -g "$user")" --init-groups)
	chown "$user" "$home"
fi

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$home/password"
chmod 0400 "$home/password"
if [[ $EUID -eq 0 ]]; then
	chown "$user" "$home/password"
fi

failed() {
	echo "starting PostgreSQL from $bin failed: $1" >&2
	cat "$home/log" >&2
	exit 2
}

(cd "$home" && LC_ALL=C "${as[@]}" "$bin/initdb" -D data -U punte --pwfile=password \
	--auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync) >"$home/log" 2>&1 ||
	failed "initdb"

# start PORT starts the server and waits until it takes connections. It fails
# if the server ends instead, which it does when the port is taken.
start() {
	# setsid: Ctrl-C in a terminal must not reach the server before the tests.
	(cd "$home" && LC_ALL=C exec setsid "${as[@]}" "$bin/postgres" -D data -p "$1" \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
		-c fsync=off -c synchronous_commit=off -c full_page_writes=off \
		-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=512MB \
		-c timezone=UTC -c jit=off) >"$home/log" 2>&1 </dev/null &
	server=$!
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		if ! kill -0 "$server" 2>/dev/null; then
			server=''
			return 1
		fi
		if grep -qs '^ready' "$home/data/postmaster.pid"; then
			return 0
		fi
		sleep 0.1
	done
	failed "not ready after a minute"
}

# Below 32768, where the kernel picks no ports of its own accord.
for attempt in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 12000))
	if start "$port"; then
		break
	fi
	if [[ $attempt -eq 5 ]] || ! grep -q 'could not bind' "$home/log"; then
		failed "it ended at once"
	fi
done

mkdir "$home/files"
export PUNTE_TEST_FOLDER="$home/files"
export PUNTE_TEST_POSTGRES="postgres://punte:$password@127.0.0.1:$port/postgres?sslmode=disable"

# set -m gives COMMAND a process group of its own, which `interrupted` can
# address as a whole.
set -m
"$@" </dev/null &
work=$!
set +m
code=0
wait "$work" || code=$?
work=''
exit "$code"
