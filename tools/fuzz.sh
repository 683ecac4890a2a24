#!/bin/bash
# Usage: tools/fuzz.sh DURATION [NAME]
#
# Runs every fuzz test of the tree in turn, or those called NAME, each for DURATION,
# and stops at the first input that breaks one. Go keeps that input in testdata/fuzz: commit it,
# it is a test from then on.
#
# Go likes to spend a minute on making one interesting document smaller; that time is
# for trying others.
set -euo pipefail

found=$(grep -rHoE --include='*_test.go' "^func ${2:-Fuzz[A-Za-z0-9_]+}\\b" . | sort || true)
if [[ -z $found ]]; then
	echo "there is no fuzz test ${2:-in this tree}" >&2
	exit 1
fi

while IFS=: read -r file declaration; do
	name=${declaration#func }
	echo "$name in ${file%/*}"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$1" -fuzzminimizetime 1s "${file%/*}" </dev/null
done <<<"$found"
