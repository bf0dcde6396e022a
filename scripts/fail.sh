# shellcheck shell=bash
# Sourced by the set-up scripts.

# Ends the script with a sentence that says what to do.
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Runs a command with the rights to install packages.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    fail "This needs root and sudo would ask for a password. Run it yourself, then make again: sudo $*"
  fi
}

# Installs Debian packages, refreshing the package lists once when they do not know them.
install_packages() {
  command -v apt-get >/dev/null || fail "There is no apt-get here. Install by hand, then run make again: $*"
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
  as_root apt-get update
  as_root "${quiet[@]}" "$@"
}

# The version of a crate in Cargo.lock.
locked_version() {
  awk -v crate="$1" '$1 == "name" && $3 == "\"" crate "\"" { found = 1; next } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}
