#!/bin/bash
# Usage: tools/install.sh PURPOSE PACKAGE...
#
# Installs Debian packages that PURPOSE needs. Without the right to do so it
# says what to install and ends with 2. The packages' own output goes to
# standard error, so that standard output stays the caller's.
set -euo pipefail

purpose=$1
shift

if ! command -v apt-get >/dev/null; then
	echo "$purpose is missing, and this is not a Debian system: install what Debian calls $*" >&2
	exit 2
fi
if [[ $EUID -ne 0 ]]; then
	echo "$purpose is missing. Install it as root, then try again:" >&2
	echo "    apt-get update && apt-get install --no-install-recommends $*" >&2
	exit 2
fi

echo "$purpose is missing: installing $*" >&2
export DEBIAN_FRONTEND=noninteractive

# Debian's PostgreSQL makes a cluster on port 5432 and starts it. Nobody asked
# for that one, so it is switched off for as long as this installation takes.
quiet=/etc/postgresql-common/createcluster.d/punte.conf
trap 'rm -f "$quiet"' EXIT
mkdir -p "${quiet%/*}"
echo 'create_main_cluster = false' >"$quiet"

if ! { apt-get -q update && apt-get -q install --yes --no-install-recommends "$@"; } >&2; then
	echo "installing $* failed: see the lines above" >&2
	exit 2
fi
