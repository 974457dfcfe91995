# Verbs of Hostler. `make` lists them. All are safe to repeat.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
REPORTS := .cache/reports
LOGS := .cache/logs
# How many of Molecule's scenarios run side by side; each takes about half of two cores, and tests on a busy machine tell of the machine
WORKERS := 2
# How many of pytest's run the tests that need no host; those of one file share what they run against, and so a process
PROCESSES := 2
# The lab needs root; who has sudo with a password is asked for it
LAB := ansible-playbook playbooks/lab/up.yml $$([ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null || echo --ask-become-pass)
PYTEST := python -m pytest -c .config/pytest.ini --rootdir .

# Ansible refuses to run where all is ASCII
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8
endif

# Ansible passes ansible.cfg over in a folder that others may write to, unless it is named
up down images bench logs: export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

.PHONY: help linux mine up down check test images molecule long lint types unit lock dashboards clean bench logs

help:  ## List the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

linux:
	@test "$$(uname -s)" = Linux || { echo "hostler: the lab is made of containers that boot systemd, which takes Linux; this is \
	$$(uname -s). All else works here: see 'Your own hosts' in docs/getting-started.md, or run this in a Linux VM." >&2; exit 1; }

mine:
	@test "$$(id -u)" = 0 || test -z "$$(find $(VENV) .cache -maxdepth 1 ! -user "$$(id -u)" 2>/dev/null)" || { echo "hostler: $(VENV) or \
	.cache has files of another user, as of an earlier 'sudo make': sudo chown -R $$(id -un) $(VENV) .cache" >&2; exit 1; }

up: linux mine $(READY)  ## Make the lab's hosts, run site.yml on them, print the address to browse
	$(LAB)
	ansible-playbook site.yml
	@ansible-playbook playbooks/lab/address.yml

down:  ## Remove the lab and all that it made on this machine
	@test ! -e $(READY) || test "$$(uname -s)" != Linux || $(LAB) -e lab_state=absent

check: lint types unit  ## Everything that needs no host, in a few minutes

test:  ## Every test but those that take long
	rm -rf $(REPORTS)
	@failed=0; $(MAKE) --no-print-directory --jobs=2 --output-sync=line check images && $(MAKE) --no-print-directory molecule || failed=1; \
	$(VENV)/bin/python .config/summary.py $(REPORTS) || failed=1; exit $$failed

lint: $(READY)
	yamllint --strict --config-file .config/yamllint.yml .
	ansible-lint --config-file .config/ansible-lint.yml
	ruff check --config .config/ruff.toml ansible_collections roles tests molecule bench .config
	ruff format --check --config .config/ruff.toml ansible_collections roles tests molecule bench .config
	cd app && ruff check . && ruff format --check .
	shellcheck .ci/run .config/setup .config/tools roles/lab/files/vm-init

types: $(READY)
	mypy --config-file .config/mypy.ini
	cd app && mypy .

unit: $(READY)
	$(PYTEST) --numprocesses=$(PROCESSES) --dist=loadfile --junitxml=$(REPORTS)/tests.xml tests
	cd app && python -m pytest --junitxml=../$(REPORTS)/app.xml

# What the hosts of all scenarios are made of, while the tests above run: else each of the first scenarios waits for it
images: linux mine $(READY)
	ansible-playbook playbooks/lab/up.yml --inventory inventories/molecule --tags prepare,image

molecule: linux mine $(READY)  ## The roles on hosts of their own, from nothing to a site that is changed and broken
	python .config/scenarios.py $(WORKERS) $(LOGS) $(REPORTS)

long: export PYTEST_ADDOPTS := -m ''
long: molecule  ## The same with the tests that take long, some ninety minutes: where what they are about is changed, and before a release

logs: $(READY)  ## Read the journals of all hosts, such as make logs ARGS='-e app=hello -e follow=true'
	ansible-playbook playbooks/logs.yml $(ARGS)

bench: $(READY)  ## Time what an operator waits for, on the lab that `make up` made
	python bench/bench.py

lock: $(READY)  ## Renew the locks of the apps and of the control node
	$(LOCK) --upgrade app/requirements.in -o app/requirements.txt
	for folder in molecule/shared/ledger molecule/data/ledger molecule/edge/echo molecule/frameworks/{django,fastapi,flask}; do \
	    $(LOCK) --upgrade $$folder/requirements.in -o $$folder/requirements.txt; \
	done
	$(LOCK) --upgrade .config/requirements.in -c app/requirements.txt -o requirements.txt
	python .config/vendor.py

dashboards: $(READY)  ## Write Grafana's dashboards anew, from .config/grafana
	PYTHONPATH=. python .config/grafana

clean: down  ## Remove the lab, the virtual environment and everything cached
	rm -rf $(VENV) .cache .ansible

$(READY): requirements.txt .config/setup
	@.config/setup $(VENV)
	@touch $@
