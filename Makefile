# What a developer of Punte types. `make` alone lists it.
#
# Needed: Go, make, bash. What else a target needs it builds into .bin/ (linter,
# sqlc), or installs from Debian when run as root (PostgreSQL and a C compiler
# for the tests), or it says what is missing.

PKG      ?= ./...
ARGS     ?=
FUZZ     ?=
FUZZTIME ?= 1m
COUNT    ?= 6

# Neither tests nor checks need the commit's name, and asking git for it fails
# in a tree that belongs to another user. `make build` does want it.
UNSTAMPED := GOFLAGS="$(strip $(GOFLAGS) -buildvcs=false)"

# The tests of the engine work in one goroutine each, with a clock of their own, and
# let months pass. The race detector finds nothing there and makes them many times
# longer; what runs beside each other is watched by it in all other packages, with
# the engine inside. So they run without it when everything is tested.
ALONE := ./engine ./year
LONG  := $(if $(filter ./...,$(PKG)),go test -timeout=15m $(ALONE);)
RACED  = $(if $(filter ./...,$(PKG)),$$(go list ./... | grep -vx -e punte/engine -e punte/year),$(PKG))

# Tests make garbage by the gigabyte and keep little: collecting it less often is a tenth
# of their time.
TESTED := GOGC=400

# SQLite is C that was translated to Go, with locks of its own: nothing of ours is to be
# found in it, and under the detector it takes some ten times as long as all the rest.
RACE  := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help test check years imports run fuzz bench golden sql build tools clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo '  PKG=./store/... picks packages, ARGS="-run Settle" adds arguments of go test'

test: ## every test, with the race detector where things run beside each other, on SQLite and on PostgreSQL
	@echo '#include <stdlib.h>' | $$(go env CC) -fsyntax-only -x c - 2>/dev/null || \
		tools/install.sh "A C compiler (for the race detector)" gcc libc6-dev
	@CGO_ENABLED=1 $(TESTED) $(UNSTAMPED) tools/testdb.sh $(SHELL) $(.SHELLFLAGS) '$(LONG) exec go test $(RACE) -timeout=10m $(ARGS) $(RACED)'

check: .bin/gofumpt .bin/golangci-lint .bin/sqlc ## format, vet, linter, generated code, a build without cgo
	@ugly=$$(.bin/gofumpt -l .); if [[ -n $$ugly ]]; then \
		printf 'not formatted, run .bin/gofumpt -w on them:\n%s\n' "$$ugly" >&2; exit 1; fi
	CGO_ENABLED=0 $(UNSTAMPED) go build $(PKG)
	$(UNSTAMPED) go vet $(PKG)
	.bin/golangci-lint run $(PKG)
	tools/sqlcheck.sh .bin/sqlc

years: ## a shop lives through a year for every switch of both simulators, the better part of an hour
	PUNTE_YEARS=each go test -timeout=2h -v -run EverySwitch ./year

imports: ## how fresh new orders are during first imports of up to 100,000 orders, some minutes
	PUNTE_IMPORTS=all go test -timeout=1h -v -run TestFreshnessDuringAnImport ./engine

run: ## the demo: both services simulated, a living shop, the pages
	go run ./cmd/punte demo

fuzz: ## every fuzz test in turn, or FUZZ=FuzzName alone, FUZZTIME=1m each
	@$(UNSTAMPED) tools/fuzz.sh $(FUZZTIME) $(FUZZ)

bench: ## benchmarks, COUNT=6 runs each; compare two outputs with .bin/benchstat
	@tools/testdb.sh go test -run '^$$' -bench . -benchmem -count=$(COUNT) $(ARGS) $(PKG)

golden: ## write the golden files anew; read the difference like code
	@folders=$$(grep -rlE --include='*_test.go' '^func Test\w*Golden' . | xargs -r dirname | sort -u); \
		if [[ -z $$folders ]]; then echo 'there is no test called Test…Golden' >&2; exit 1; fi; \
		$(UNSTAMPED) go test $$folders -run Golden -update

sql: .bin/sqlc ## store/db anew from store/query and store/migration
	.bin/sqlc generate

build: ## the program, static, as .bin/punte
	CGO_ENABLED=0 go build -trimpath -o .bin/punte ./cmd/punte

tools: .bin/gofumpt .bin/golangci-lint .bin/sqlc .bin/benchstat ## the developer's tools, at the versions of tools/go.mod

clean: ## all that make made here
	rm -rf .bin

# Tools have a go.mod of their own: their some 200 modules are none of the
# program's. They need no C compiler (sqlc then parses through WebAssembly).
.bin/gofumpt:       tool := mvdan.cc/gofumpt
.bin/golangci-lint: tool := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
.bin/sqlc:          tool := github.com/sqlc-dev/sqlc/cmd/sqlc
.bin/benchstat:     tool := golang.org/x/perf/cmd/benchstat

.bin/gofumpt .bin/golangci-lint .bin/sqlc .bin/benchstat: tools/go.mod tools/go.sum
	@echo "building $@ (once; the linter takes some minutes)" >&2
	@CGO_ENABLED=0 GOFLAGS= go -C tools build -trimpath -buildvcs=false -o ../$@ $(tool)
