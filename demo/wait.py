# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Wait until the server answers a first call, which loads the modules."""
import sys
import time
import urllib.error
import urllib.request


def main(url, started, patience=120):
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(url, timeout=5):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    else:
        sys.exit(f"The server does not answer at {url}.")
    sys.stdout.write(f"[{time.time() - float(started):3.0f}s] served\n")


if __name__ == '__main__':
    main(*sys.argv[1:])
