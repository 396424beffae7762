#!/usr/bin/env bash
# Makes sure that there is what tests need from outside: a Chromium for the component and end-to-end tests, and two packages of
# Python for the second implementations in test/interop. All are Debian's own, by apt-get. Beside Debian's Chromium comes its headless
# shell, which makes the tests a third quicker; where Debian has none they run without.
# Where that cannot be done it says the line to type and exits with 1.
set -euo pipefail

wanted=()

chromium=''
for candidate in "${CHROMIUM_PATH:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome-stable /usr/bin/google-chrome; do
  if [ -n "$candidate" ] && [ -x "$candidate" ]; then
    chromium="$candidate"
    break
  fi
done
if [ -n "$chromium" ]; then echo "Chromium is there: $chromium"; else wanted+=(chromium); fi

python_has() { /usr/bin/python3 -c "import $1" 2>/dev/null; }
for module in cryptography argon2; do
  if python_has "$module"; then echo "Python's $module is there"; else wanted+=("python3-$module"); fi
done

shell=''
case "$chromium" in '' | /usr/bin/chromium) [ -x /usr/bin/chromium-headless-shell ] || shell=chromium-headless-shell ;; esac
if [ "${#wanted[@]}" -eq 0 ] && [ -z "$shell" ]; then exit 0; fi
line="apt-get update && apt-get install -y ${wanted[*]} $shell"

give_up() {
  if [ "${#wanted[@]}" -eq 0 ]; then echo "Going on without $shell: $1." >&2; exit 0; fi
  echo "Missing: ${wanted[*]}, and $1. Please type:" >&2
  echo >&2
  echo "    $2" >&2
  echo >&2
  if [ -z "$chromium" ]; then echo "or set CHROMIUM_PATH to a Chromium or Chrome that is installed elsewhere." >&2; fi
  exit 1
}

other="pip install cryptography argon2-cffi"
if [ -z "$chromium" ]; then other="npx playwright install chromium"; fi
command -v apt-get >/dev/null || give_up 'apt-get is not there to install it' "$other"

as_root=()
typed="$line"
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || give_up 'installing takes root' "su -c '$line'"
  typed="sudo sh -c '$line'"
  # Never wait for a password where nobody can type one.
  if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then give_up 'sudo asks for a password' "$typed"; fi
  as_root=(sudo)
fi

echo "Installing: $typed"
"${as_root[@]}" apt-get update -q || echo 'apt-get update failed; trying with the lists that are there' >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${wanted[@]}" || give_up 'apt-get could not install it' "$typed"
if [ -n "$shell" ]; then
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$shell" || echo "Going on without $shell." >&2
fi
if [ -z "$chromium" ]; then
  [ -x /usr/bin/chromium ] || give_up 'apt-get installed no Chromium at /usr/bin/chromium' 'npx playwright install chromium'
fi
for module in cryptography argon2; do
  python_has "$module" || give_up "python3 still has no $module" "$typed"
done
echo "Installed: ${wanted[*]} $shell"
