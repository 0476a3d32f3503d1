# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's core knows no clock, file, socket, randomness or log: shown by what it links.

`core_symbols.py CORE_ARCHIVE BASE_ARCHIVE`: an allow-list, so that a new way out is found too.
"""

import re
import subprocess
import sys

# Objects of the archive that are not the core: keys come from files and randomness.
NOT_CORE = {"keys", "keys_file"}
LIBC = {"memcpy", "memmove", "memset", "memcmp", "memchr", "memrchr", "strlen", "strnlen", "strcmp",
        "strncmp", "strchr", "malloc", "calloc", "realloc", "reallocarray", "free", "snprintf",
        "vsnprintf", "qsort", "bsearch", "abort", "__assert_fail", "__stack_chk_fail",
        "explicit_bzero", "_GLOBAL_OFFSET_TABLE_"}
WOLFCRYPT = re.compile(r"wc_(Init|Free)?Sha256\w*$")


def own_symbols(listing):
    """What `nm --defined-only` shows; of base/, all but the log."""
    names = {line.split()[-1] for line in listing.splitlines() if len(line.split()) >= 3}
    return {name for name in names if not name.startswith("log_")}


def strangers(listing, own):
    """(object, symbol) of `nm --undefined-only --print-file-name` that the core may not use."""
    found = []
    for line in listing.splitlines():
        match = re.match(r".*?([\w-]+)\.c\.o:\s*[UwvVW] (\S+)", line)
        if not match or match.group(1) in NOT_CORE:
            continue
        name = match.group(2)
        if name not in LIBC and name not in own and not WOLFCRYPT.match(name):
            found.append((match.group(1), name))
    return found


def nm(*arguments):
    return subprocess.run(["nm", *arguments], check=True, capture_output=True, text=True).stdout


def main():
    archive = sys.argv[1]
    undefined = nm("--undefined-only", "--print-file-name", archive)
    if ".c.o:" not in undefined:
        print(f"{archive}: nm shows nothing")
        return 1
    found = strangers(undefined, own_symbols(nm("--defined-only", *sys.argv[1:])))
    for source, name in found:
        print(f"ledger/{source}.c uses {name}(), which is not for the core")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
