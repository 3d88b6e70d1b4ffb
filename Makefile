# Interlock: `make demo` runs the main job on the bundled example, `make test` passes the tests. Both install what is missing.

SWIFT ?= swift
SOURCES = Package.swift Sources Plugins Tests Examples
# Rooms may import only what Package.swift lists for them.
FLAGS ?= --explicit-target-dependency-import-check error

TURNS ?= 10000
ISOLATION ?= in-process
SECONDS ?= 60

.PHONY: help demo build test agent soak tsan asan fuzz bench build-bench bench-page profile docs lint format bootstrap clean

help:
	@echo 'make demo    build, and run a turn of sibling calls on a copy of Examples/workspace'
	@echo 'make test    build, and run every test; those of the bundled plugins once more with these in workers'
	@echo 'make agent   run the example of a program that embeds the library'
	@echo 'make build   build the command and the bundled plugins (release) into .build/release'
	@echo 'make soak    TURNS=10000 random turns, each compared with running its calls one by one, and without the order; then'
	@echo '             SECONDS=60 of several hosts on the same files, some of them killed. ISOLATION=worker: in workers'
	@echo 'make tsan    every test, with everything built to find data races; make asan: to find wrong uses of memory'
	@echo 'make fuzz    SECONDS=60 for each target of bytes that are made to break it; TARGET=json REPLAY=file for one again'
	@echo 'make bench   measure, each figure against a reference in the same run; ONLY=row for some rows, PEERS=1 for other runners'
	@echo 'make bench-page   put what make bench found last into docs/benchmarks.md'
	@echo 'make profile where the time goes of a turn that reads 1,000 small files (needs perf)'
	@echo 'make lint    check the format of every Swift file; .ci/run does this, then test and docs, with warnings as errors'
	@echo 'make docs    make the library'"'"'s documentation into .build/docs, and check its links'
	@echo 'make format  format every Swift file'
	@echo 'make clean   remove what was built'

bootstrap:
	@scripts/bootstrap

build: bootstrap
	$(SWIFT) build -c release $(FLAGS)

demo: build
	@scripts/demo .build/release/interlock

test: bootstrap
	$(SWIFT) build --build-tests $(FLAGS)
	$(SWIFT) test --skip-build $(FLAGS)
	INTERLOCK_TEST_ISOLATION=worker TMPDIR=/var/tmp $(SWIFT) test --skip-build $(FLAGS) --filter $(BOTH_PLACES)
	$(BUILD_AGENT)
	scripts/check-agent .build/agent/debug/agent

# What is run a second time, with the bundled plugins in workers: what holds in the host must hold there. Not in /tmp, so that
# calls have one of their own.
BOTH_PLACES = '^(FilesTests|EquivalenceTests|CasesTests)\.'

# A package of its own, so that it sees what is public and nothing else. Its build directory is its own too: of two packages
# that share one, the package manager takes the plan of the one for that of the other, and builds nothing.
define BUILD_AGENT
@for product in files leases agent; do \
	$(SWIFT) build --package-path Examples/agent --scratch-path .build/agent $(FLAGS) --product $$product || exit; \
done
endef

agent: bootstrap
	$(BUILD_AGENT)
	.build/agent/debug/agent Examples/agent/script.json Examples/workspace

docs: bootstrap
	$(SWIFT) build $(FLAGS)
	scripts/docs

soak: bootstrap
	$(SWIFT) build -c release --product soak $(FLAGS)
	$(SWIFT) build -c release --product files $(FLAGS)
	$(SWIFT) build -c release --product interlock $(FLAGS)
	INTERLOCK_TEST_ISOLATION=$(ISOLATION) .build/release/soak turns --turns $(TURNS)
	.build/release/soak hosts --seconds $(SECONDS)
	.build/release/soak hosts --seconds 10 --twin
	$(SWIFT) build --product soak $(FLAGS)
	$(SWIFT) build --product files $(FLAGS)
	.build/debug/soak turns --turns 1000 --calls 9 --twin

# Each has a build directory of its own. Plugins that tests build are built so too (INTERLOCK_SANITIZER).
tsan: bootstrap
	scripts/sanitized thread

asan: bootstrap
	scripts/sanitized address

fuzz: bootstrap
	SECONDS_EACH=$(SECONDS) REPLAY=$(REPLAY) scripts/fuzz $(TARGET)

BENCH = .build/release/bench
build-bench: bootstrap
	$(SWIFT) build -c release --product bench $(FLAGS)
	$(SWIFT) build -c release --product interlock $(FLAGS)
	$(SWIFT) build -c release --product files $(FLAGS)
	$(SWIFT) build -c release --product leases $(FLAGS)

# A missed goal is not a failure to measure: the page says which.
bench: build-bench
	$(if $(PEERS),scripts/peers)
	$(BENCH) --report .build/bench.json $(if $(PEERS),--peers) $(addprefix --only ,$(ONLY))

bench-page:
	$(BENCH) --page docs/benchmarks.md --from .build/bench.json

profile: build-bench
	scripts/profile .build/release/interlock

lint:
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

clean:
	rm -rf .build
