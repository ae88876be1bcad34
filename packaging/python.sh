#!/bin/sh
# Print the first Python of version 3.11 or newer, preferring the one called python3; $PYTHON, when set, is taken as it is.
set -eu

fits() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
    if fits "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done
echo "HybridGraph needs Python 3.11 or newer, and none of '${PYTHON:-python3, python3.11 ... python3.14}' is one." >&2
echo "Install it (Debian, Ubuntu: apt-get install python3 python3-pip) or name it: make setup PYTHON=/path/to/python3" >&2
exit 1
