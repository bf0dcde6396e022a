# cloud-agents. `make help` lists what there is to do; each command does all of its own set-up.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# Three at a time: on two cores the compilers overlap with what waits for the network.
MAKEFLAGS += --no-builtin-rules --no-print-directory -j3
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

export CARGO_TERM_COLOR ?= never
export CARGO_TARGET_DIR ?= target
export PORT REPO AGENT ARGS STAGE VERBOSE

STEP := @scripts/step
WASM := $(CARGO_TARGET_DIR)/modules/cloud_agents.wasm
HANDOFF_WASM := $(CARGO_TARGET_DIR)/modules/cloud_agents_handoff.wasm
READERS_WASM := $(CARGO_TARGET_DIR)/modules/cloud_agents_readers.wasm
# What wasm-bindgen makes of each.
BINDINGS := pkg/cloud_agents.js pkg/cloud_agents_handoff.js pkg/cloud_agents_readers.js
# Folders are named too: one is newer than what was built when a file in it is gone.
sources = $(shell find $(1) \( -name node_modules -o -name dist \) -prune -o -print 2>/dev/null)

.PHONY: help serve test pkg bench fuzz lint screenshot clean FORCE
.PHONY: machine wasm-target page-modules all-modules wasm-bindgen wasm-pack fuzz-targets browser local-cloud page test-tools

help: ## This list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

serve: local-cloud page ## Start the local cloud with its page (PORT=4180, REPO="path-or-url ...", AGENT="command", ARGS="--data ...")
	@exec scripts/serve

test: all-modules local-cloud page wasm-pack browser ## Everything that is tested (STAGE="native e2e ..." for some of it)
	@node scripts/test.mjs $(STAGE)

pkg: pkg/package.json pkg/index.js $(BINDINGS) ## The npm package, into pkg/
	@node scripts/sizes.mjs

bench: all-modules local-cloud page browser ## Each figure beside its goal; fails when one is missed
	@node tests/bench/bench.mjs
	@node tests/bench/facts.mjs
	@node tests/bench/handoff.mjs

fuzz: fuzz-targets ## What reads text of others, given what nobody wrote (TARGET="codex diff ...", SECONDS=180 each, SAMPLES=folder)
	@node tests/fuzz/run.mjs $(CARGO_TARGET_DIR)/fuzz/handoff

lint: all-modules wasm-target $(BINDINGS) ## Formatting, compilers' warnings, types, and the rules of the house
	@scripts/lint

screenshot: all-modules local-cloud page browser ## The picture in the README
	$(STEP) "Taking the screenshot" node scripts/screenshot.mjs www/page/screenshot.png

clean: ## Remove what was built here (the tools in the user's cache stay)
	@rm -rf $(CARGO_TARGET_DIR) pkg www/page/dist node_modules

machine:
	@scripts/check-machine

wasm-target: | machine
	$(STEP) "Checking the wasm32 target" scripts/install-wasm-target

page-modules: | machine
	$(STEP) "Installing the node modules of the page" scripts/install-node-modules $(if $(filter test lint bench screenshot,$(MAKECMDGOALS)),all,page)

all-modules: | page-modules
	$(STEP) "Installing the node modules of the tests" scripts/install-node-modules all

wasm-bindgen: | machine
	$(STEP) "Getting wasm-bindgen ready" bash -c 'source scripts/fail.sh; scripts/install-tool wasm-bindgen-cli "$$(locked_version wasm-bindgen)"'

# After wasm-bindgen: two tool builds at once are no quicker on two cores.
wasm-pack: | wasm-bindgen
	$(STEP) "Getting wasm-pack ready" scripts/install-tool wasm-pack 0.15.1

fuzz-targets: | machine
	$(STEP) "Compiling the fuzz targets" scripts/compile-fuzz

browser: | machine
	$(STEP) "Checking Chromium and its driver" scripts/install-browser

local-cloud: | machine
	$(STEP) "Building the local cloud" cargo build --quiet --profile native --features local --bin cloud-agents

# cargo decides whether there is anything to do, and leaves the file's time alone when there is not.
$(WASM): FORCE | wasm-target
	$(STEP) "Compiling the core to wasm" scripts/with-wasm scripts/compile-core

pkg/cloud_agents.js: $(WASM) scripts/bindings | wasm-bindgen page-modules
	$(STEP) "Making the bindings, and the wasm small" scripts/bindings $(WASM) cloud_agents

# One after the other: two builds at once are no quicker on two cores.
$(HANDOFF_WASM): FORCE $(WASM) | wasm-target
	$(STEP) "Compiling the handoff to wasm" scripts/with-wasm scripts/compile-core handoff

pkg/cloud_agents_handoff.js: $(HANDOFF_WASM) scripts/bindings | wasm-bindgen page-modules
	$(STEP) "Making the bindings of the handoff" scripts/bindings $(HANDOFF_WASM) cloud_agents_handoff

$(READERS_WASM): FORCE $(HANDOFF_WASM) | wasm-target
	$(STEP) "Compiling the readers to wasm" scripts/with-wasm scripts/compile-core readers

pkg/cloud_agents_readers.js: $(READERS_WASM) scripts/bindings | wasm-bindgen page-modules
	$(STEP) "Making the bindings of the readers" scripts/bindings $(READERS_WASM) cloud_agents_readers

pkg/index.js: $(call sources,pkg-template) tsconfig.base.json $(BINDINGS) | page-modules
	$(STEP) "Compiling the JavaScript host" node_modules/.bin/tsc -p pkg-template
	@touch -c $@

pkg/package.json: Cargo.toml $(call sources,pkg-template) scripts/assemble-package.mjs pkg/cloud_agents.js
	$(STEP) "Assembling the package" node scripts/assemble-package.mjs

page: www/page/dist/index.html

www/page/dist/index.html: $(call sources,www/view www/page) tsconfig.base.json pkg/index.js pkg/package.json | page-modules
	$(STEP) "Building the page" npm run --silent build -w www/page
	@touch -c $@
