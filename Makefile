.DEFAULT_GOAL := help
.PHONY: help setup build demo test drill bench bench-ann lint format clean

VITRINE := .build/release/vitrine

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing through apt (PostgreSQL, OpenBLAS, zlib)
	@scripts/setup

build: setup ## Build everything, optimised
	swift build -c release --product vitrine

demo: build ## Import real interactions, train, recommend, and show the result
	@$(VITRINE) demo

test: setup ## Run the quick suite: minutes on two cores
	swift test

drill: setup ## Run the long suite as well: random kills, server crashes, the demo on real data
	VITRINE_DRILL=1 swift test

bench: setup ## Measure COPY, CSV, top-k, encoders, training, ranking, memory, the funnel and monitoring, beside a peer or floor
	@scripts/bench

bench-ann: setup ## Measure recall against rate of vector indexes, beside faiss where it is installed
	@scripts/bench-ann

lint: ## Check the layout of the Swift sources
	swift format lint --recursive --strict Sources Tests Benchmarks Package.swift

format: ## Bring the Swift sources into that layout
	swift format --in-place --recursive Sources Tests Benchmarks Package.swift

clean: ## Remove what was built; data stays
	swift package clean
