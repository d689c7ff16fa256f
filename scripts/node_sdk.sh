#!/usr/bin/env bash
# Install the locked JavaScript packages of a folder of tests (the SDK of tests/serve/sdk) into a cache; print where.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
PATH="$root/.venv/bin:$PATH"
from="$root/${1:-tests/serve/sdk}"
lock="$from/package-lock.json"
sum="$(sha256sum "$lock" | cut -c1-16)"
cache="${SALIENCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/salience}/node-$sum"

if [[ ! -f "$cache/.whole" ]]; then
  mkdir -p "$(dirname "$cache")"
  aside="$(mktemp -d "$(dirname "$cache")/node-XXXXXX")"
  trap 'rm -rf "$aside"' EXIT
  cp "$from"/package*.json "$aside/"
  (cd "$aside" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  touch "$aside/.whole"
  rm -rf "$cache"
  mv "$aside" "$cache"
fi
echo "$cache/node_modules"
