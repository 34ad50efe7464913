# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
#
# What bin/demo and bin/test share: the environment and what it needs.

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
STARTED=${OFICIO_STARTED:-$(date +%s)}
export OFICIO_STARTED=$STARTED

say() { printf '[%3ds] %s\n' "$(($(date +%s) - STARTED))" "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

need_disk() { # megabytes
    local free
    free=$(df -Pm "$ROOT" | awk 'NR == 2 {print $4}')
    [ "$free" -ge "$1" ] || fail \
        "Only $free MB are free on the disk of $ROOT: free at least $1 MB and start again."
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

need_packages() { # what for, packages…
    local what=$1
    shift
    can_apt || fail "$what is missing: install it with
    sudo apt-get install $*
and start again."
    say "install $* ($what)"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@"; } \
        >"$ROOT/var/apt.log" 2>&1 || fail \
        "apt-get could not install $* ($what): see var/apt.log."
}

need_python() {
    local python
    python=$(command -v python3) || fail \
        "Python 3.10 or later is missing: install it with
    sudo apt-get install python3 python3-venv"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail \
        "$("$python" --version) is too old: Oficio needs Python 3.10 or later."
    "$python" -c 'import ensurepip, venv' 2>/dev/null \
        || need_packages "Python's venv" python3-venv
}

# WeasyPrint draws every paper and loads these when it is imported.
need_pango() {
    "$VENV/bin/python" -c 'import weasyprint' >/dev/null 2>&1 \
        || need_packages "Pango, which draws the PDFs" \
            libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    "$VENV/bin/python" -c 'import weasyprint' >/dev/null 2>&1 || fail \
        "WeasyPrint does not start: run .venv/bin/python -c 'import weasyprint' to see why."
}

environment() { # extras
    local extras=$1 digest mark=$VENV/.oficio
    mkdir -p "$ROOT/var"
    need_python
    digest=$(cat "$ROOT/setup.cfg" "$ROOT/constraints.txt" | sha256sum | cut -c1-16)
    if [ "$(cat "$mark" 2>/dev/null)" = "$digest $extras" ] \
            && "$VENV/bin/python" -c '' 2>/dev/null; then
        return
    fi
    # A marker for more extras serves for less.
    if [ "$(cat "$mark" 2>/dev/null)" = "$digest demo,postgresql,test" ] \
            && "$VENV/bin/python" -c '' 2>/dev/null; then
        return
    fi
    say "create the environment in .venv"
    rm -f "$mark"
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || {
        rm -rf "$VENV"
        python3 -m venv "$VENV"
    }
    say "install the project and its pinned requirements"
    # The constraints hold for what builds the project too.
    PIP_CONSTRAINT=$ROOT/constraints.txt \
        PIP_BUILD_CONSTRAINT=$ROOT/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$VENV/bin/python" -m pip install -q -e "$ROOT[$extras]" \
        >"$ROOT/var/pip.log" 2>&1 || {
            tail -n 5 "$ROOT/var/pip.log" >&2
            fail "pip could not install the requirements: see var/pip.log."
        }
    printf '%s %s' "$digest" "$extras" >"$mark"
}
