#!/usr/bin/env bash
# Makes sure that there is a Chromium for the component and end-to-end tests: Debian's own, by apt-get.
# Where that cannot be done it says the line to type and exits with 1.
set -euo pipefail

line='apt-get update && apt-get install -y chromium'

for candidate in "${CHROMIUM_PATH:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome-stable /usr/bin/google-chrome; do
  if [ -n "$candidate" ] && [ -x "$candidate" ]; then
    echo "Chromium is there: $candidate"
    exit 0
  fi
done

give_up() {
  echo "No Chromium found, and $1. Please type:" >&2
  echo >&2
  echo "    $2" >&2
  echo >&2
  echo "or set CHROMIUM_PATH to a Chromium or Chrome that is installed elsewhere." >&2
  exit 1
}

command -v apt-get >/dev/null || give_up 'apt-get is not there to install one' 'npx playwright install chromium'

as_root=()
typed="$line"
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || give_up 'installing one takes root' "su -c '$line'"
  typed="sudo sh -c '$line'"
  # Never wait for a password where nobody can type one.
  if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then give_up 'sudo asks for a password' "$typed"; fi
  as_root=(sudo)
fi

echo "Installing Chromium: $typed"
"${as_root[@]}" apt-get update -q || echo 'apt-get update failed; trying with the lists that are there' >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q chromium || give_up 'apt-get could not install one' "$typed"
[ -x /usr/bin/chromium ] || give_up 'apt-get installed none at /usr/bin/chromium' 'npx playwright install chromium'
echo 'Chromium is installed: /usr/bin/chromium'
