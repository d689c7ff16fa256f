#!/usr/bin/env bash
# Find a Chromium for the browser tests, else install Debian's with a small font for Chinese; else say how to get one.
set -euo pipefail

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
  if [[ -n "$name" ]] && command -v "$name" >/dev/null; then
    echo "browser: $(command -v "$name")"
    exit 0
  fi
done

if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
  echo "browser: none found, installing Debian's chromium"
  export DEBIAN_FRONTEND=noninteractive
  log="$(mktemp)"
  trap 'rm -f "$log"' EXIT
  if { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-wqy-microhei; } >"$log" 2>&1; then
    echo "browser: $(command -v chromium)"
    exit 0
  fi
  tail -n 5 "$log" >&2
fi

cat >&2 <<'TEXT'
browser: no Chromium found, and none could be installed here.
  Debian, Ubuntu:  sudo apt-get install chromium fonts-wqy-microhei
  elsewhere:       install Chromium or Chrome and set CHROMIUM to its path
  or leave them:   make test ARGS='-m "not browser"' BROWSER=none
TEXT
exit 1
