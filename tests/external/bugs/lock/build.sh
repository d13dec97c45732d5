#!/usr/bin/env bash
# `program.py` with CPython, as a component.
source "$(dirname "$0")/../../real/common.sh"
python_component "$(cd "$(dirname "$0")" && pwd)"
