# make run    the server on the embedded engine, with sample data, at 127.0.0.1:8080
# make check  all that CI checks
# make bench  what Aion promises, each figure beside its limit and VictoriaMetrics' (BENCHTIME=1s)
# make bench-growth  how cost grows, each law with its tolerance
# make bench-parts  the benchmarks of the parts (BENCH=regexp, BENCHTIME=1s, PACKAGES=./query/...)
# make bench-cassandra  those over Cassandra, beside KairosDB and bare loops
# make race   all tests, whole, with the race detector, which takes an hour
# make test-cluster  the tests on a Cassandra of three nodes, which need 2 GB; CI runs that of cmd/aion, too
# make histories  a million random writes, deletes and crashes beside a plain model,
#             which takes a quarter of an hour: something for the night (HISTORY=10000)
# make fuzz   ten seconds of every fuzz target (FUZZTIME=1m)
# make build  a static binary, ./aion

GO        ?= go
BENCH     ?= .
BENCHTIME ?= 200ms
FUZZTIME  ?= 10s
HISTORY   ?= 1000000
PACKAGES  ?= ./...
export GO

# Users get a program without C, in which Pebble takes its memory from Go's heap and
# has another zstd. So that is what is vetted, tested, fuzzed and measured; only the
# race detector needs C.
export CGO_ENABLED = 0
race-built test-cassandra test-short race test-cluster: export CGO_ENABLED = 1

# Go's cache knows what was compiled with -trimpath in any checkout, and a test
# builds the image so: without it that one would compile all of it again.
export GOFLAGS := $(filter-out -trimpath,$(shell $(GO) env GOFLAGS)) -trimpath

# What checks build carries nothing for a debugger, and the compiler and the linker, not
# the tests, collect garbage less often: a sixth less of the processors' time.
LEAN := -gcflags=all=-dwarf=false '-toolexec=env GOGC=400'
check vet vet-only lint test test-whole race-built test-cassandra test-short race test-cluster histories fuzz fuzz-built: \
  export GOFLAGS := $(filter-out $(LEAN),$(GOFLAGS)) $(LEAN)

# The race detector's builds take Pebble's zstd in Go, too: it is what users get, and
# C's takes its compiler a minute. Arrow's JSON, which nothing of ours asks for, is Go's
# own there: the other one takes the compiler a tenth of all the rest.
RACE := -race -tags invariants,pebblegozstd,arrow_json_stdlib

# What starts no goroutine, nor do its tests, nor what of ours it imports: there the
# race detector has nothing to find. A test of cmd/aion holds them to that.
ALONE := ./aggregators ./api/kairosdb/gson ./storage ./storage/chunk ./storage/codec ./storage/points

.PHONY: run build check format vet vet-only lint test test-whole race-built test-cassandra test-short race test-cluster \
  histories fuzz fuzz-built tidy bench bench-growth bench-parts bench-cassandra

run:
	$(GO) run ./cmd/aion serve --demo

build:
	$(GO) build -o aion ./cmd/aion

# vet-only and race-built go first since the rest needs what they compile, once. Then
# three at a time, what waits for servers before what only computes, so that no
# processor is idle while a test waits. Last, with the processors to itself, what is
# fuzzed.
check: format tidy vet-only race-built
	@$(MAKE) --no-print-directory -j 3 -O test-whole test-cassandra lint test-short fuzz-built || { rm -rf .fuzz; exit 1; }
	@.ci/fuzz run $(FUZZTIME)

format:
	@unformatted=$$(gofmt -l .) || exit 1; [ -z "$$unformatted" ] || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }

# gosec leaves out what is only for tests, and two rules that have found nothing
# here. G104, an error that nobody looks at: what is left is closing what another
# error has given up, sums whose Write never fails, and an error that a cursor
# keeps for its next call. G304, a file whose path
# is a variable: every path comes from whoever runs Aion, by a setting or an
# argument, none from a request. What else it says is answered where it stands.
# G601 is left out, too: it is about loop variables, which since Go 1.22 are new in
# every round, and starts go list for each range, return and unary expression only
# to learn that, which takes nine tenths of the time.
vet: vet-only lint

vet-only:
	$(GO) vet -tags invariants ./...

# Both keep the types of all packages in memory, which the collector else walks
# again and again: with more of it between two rounds gosec takes a quarter less.
lint: export GOGC = 400
lint:
	$(GO) tool staticcheck -tags invariants ./...
	$(GO) tool gosec -quiet -tags invariants -exclude G104,G304,G601 \
	  -exclude-dir conformance -exclude-dir storagetest -exclude-dir cassandratest -exclude-dir testdata ./...

tidy:
	$(GO) mod tidy -diff

# The race detector makes tests five to ten times as slow. So the packages that
# take minutes run whole without it, as do those that start no goroutine, and beside
# them all but these with it: those over Cassandra whole, the others by a short run,
# which leaves out what has one goroutine or starts Cassandra and programs one after
# the other. Both need the
# same packages compiled, which race-built does once. None vets anything again:
# make vet does, with all that go test would and more.
test: race-built
	@$(MAKE) --no-print-directory -j 3 -O test-whole test-cassandra test-short

test-whole:
	$(GO) test -vet=off -tags invariants -p 3 -timeout 30m ./cmd/aion ./conformance ./storage/pebble $(ALONE)

race-built:
	$(GO) build $(RACE) ./...

test-cassandra:
	$(GO) test -vet=off $(RACE) -p 2 -timeout 30m ./storage/cassandra/...

test-short:
	all=$$($(GO) list ./...) && $(GO) test -vet=off $(RACE) -p 2 -timeout 30m -short ./cmd/aion ./storage/pebble ./conformance \
	  $$(echo "$$all" | grep -v ^aion/storage/cassandra | grep -vxF "$$($(GO) list $(ALONE))")

# Everything whole with the race detector: about an hour.
race:
	$(GO) test $(RACE) -p 3 -timeout 60m ./storage/pebble ./cmd/aion ./conformance ./storage/cassandra ./...

test-cluster:
	AION_TEST_CLUSTER=1 $(GO) test $(RACE) -count=1 -run '^(TestServeOnACluster|TestCluster)$$' -timeout 30m -v ./cmd/aion ./storage/cassandra/cassandratest

histories:
	AION_HISTORY=$(HISTORY) $(GO) test -tags invariants -count=1 -run '^TestHistories$$' -timeout 3h -v ./storage/pebble

fuzz: fuzz-built
	@.ci/fuzz run $(FUZZTIME)

fuzz-built:
	@.ci/fuzz build

# What measures is piped into what makes a table of it: where either fails, make does,
# which is more than every sh can be told.
bench bench-growth bench-parts bench-cassandra: SHELL = bash
bench bench-growth bench-parts bench-cassandra: .SHELLFLAGS = -o pipefail -c

# Its figures as they are, and why there are none.
FIGURES := grep -E '^(Benchmark|--- FAIL|FAIL|panic| +[a-z_]+\.go:[0-9]+: )'

# Measured is the program as users run it. A victoria-metrics in PATH, or named by
# AION_BENCH_VICTORIAMETRICS, is measured in the same rounds.
bench: build
	@AION_BENCH_AION=$(CURDIR)/aion $(GO) test -run '^$$' -bench '^BenchmarkProof$$' -benchtime $(BENCHTIME) -timeout 60m ./cmd/aion | awk -f .ci/median.awk -f .ci/bench-proof.awk
	@$(GO) test -run '^$$' -bench '^BenchmarkScoped$$' -benchtime $(BENCHTIME) ./cmd/aion | $(FIGURES)
	@$(GO) test -run '^$$' -bench '^BenchmarkYggio$$' -benchtime $(BENCHTIME) ./cmd/aion | $(FIGURES)
	@$(GO) test -run '^$$' -bench '^BenchmarkConnio$$' -benchtime $(BENCHTIME) ./cmd/aion | $(FIGURES)

bench-growth: build
	@AION_BENCH_AION=$(CURDIR)/aion $(GO) test -run '^$$' -bench '^BenchmarkGrowth$$' -benchtime $(BENCHTIME) -timeout 60m ./cmd/aion | awk -v growth=1 -f .ci/median.awk -f .ci/bench-proof.awk

bench-parts:
	@$(GO) test -run '^$$' -bench '$(BENCH)' -skip '^Benchmark(Proof|Growth|Cassandra)' -benchtime $(BENCHTIME) -timeout 30m $(PACKAGES) | awk -f .ci/bench.awk

bench-cassandra: BENCHTIME = 2s
bench-cassandra:
	@$(GO) test -run '^$$' -bench BenchmarkCassandra -benchtime $(BENCHTIME) -timeout 60m ./cmd/aion | awk -f .ci/bench-cassandra.awk
