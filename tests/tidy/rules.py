# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that a machine can hold: each takes a source's path and text and gives findings.

A finding is `(line, sentence)`. Paths are relative to the root, with `/`.
"""

import re

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
HEADER_LINES_MAX = 200
OWN_INCLUDES_MAX = 8
TAB = 8

# The include table: a folder only looks to its left.
MAY_INCLUDE = {
    "base": {"base"},
    "drivers": {"base", "drivers"},
    "ledger": {"base", "ledger"},
    "hub": {"base", "drivers", "ledger", "hub"},
    "ui": {"base", "ui"},
    "tests": {"base", "drivers", "ledger", "hub", "ui", "tests"},
}

# A library's headers, and the only sources that may know it.
LIBRARIES = (
    (r"coap\d*/", r"drivers/endpoint[a-z_]*\.[ch]", "libcoap belongs to drivers/endpoint.c"),
    (r"lmdb\.h", r"ledger/store[a-z_]*\.[ch]|tests/.*", "LMDB belongs to ledger/store.c"),
    (r"gtk/|adwaita", r"ui/.*|tests/ui/.*", "GTK belongs to ui/"),
    (r"gpiod\.h", r"drivers/pulse[a-z_]*\.c|tests/.*", "libgpiod belongs to the pulse driver"),
    (r"systemd/sd-(event|bus|daemon)", r"drivers/.*|hub/.*|tests/.*",
     "libsystemd belongs to drivers/ and hub/"),
)

BANNED_CALLS = ("strcpy", "strcat", "sprintf", "vsprintf", "gets", "alloca", "rand", "srand",
                "atoi", "atol", "atof", "system", "popen", "strtok")

HOSTS = re.compile(
    r"\b(?:[a-z0-9-]+\.)*(?:debian|ubuntu|raspbian|npmjs|pypi|pythonhosted|crates|launchpad)"
    r"\.(?:org|com|net|io)\b|\b(?:archive|apt|deb)\.raspberrypi\.(?:org|com)\b")
HOME = re.compile(r"(?<![\w$}.])/(?:home/[a-z]\w*|root)/\w")


def without_comments(text, keep_strings=False):
    """The same lines without comments and, unless kept, without what strings say."""
    pattern = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)

    def replace(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found if keep_strings else found[0] * 2
        return "\n" * found.count("\n") or " "
    return pattern.sub(replace, text)


def is_c(path):
    return path.endswith((".c", ".h"))


def _line_of(text, position):
    return text.count("\n", 0, position) + 1


def licence(path, text):
    if "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(text.split("\n")[:6]):
        yield 1, "has no line SPDX-License-Identifier: GPL-3.0-or-later"


def lines(path, text):
    count = text.count("\n")
    if count > FILE_LINES_MAX:
        yield FILE_LINES_MAX, f"has {count} lines, more than {FILE_LINES_MAX}: it has two jobs"
    for number, line in enumerate(text.split("\n"), 1):
        columns = len(line.expandtabs(TAB))
        if columns > LINE_COLUMNS_MAX:
            yield number, f"has {columns} columns, more than {LINE_COLUMNS_MAX}"
        if line != line.rstrip():
            yield number, "ends in blanks"
    if text and not text.endswith("\n"):
        yield count + 1, "the last line does not end"


def header(path, text):
    if not re.match(r"(base|drivers|ledger|hub)/[^/]+\.h$", path):
        return
    if text.count("\n") > HEADER_LINES_MAX:
        yield HEADER_LINES_MAX, f"a public header has more than {HEADER_LINES_MAX} lines"
    if "#pragma once" not in text:
        yield 1, "a header has no #pragma once"


def functions(path, text):
    """Kernel braces: a function is what stands between `{` and `}` in the first column."""
    start = None
    for number, line in enumerate(text.split("\n"), 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start is not None:
            size = number - start - 1
            if size > FUNCTION_LINES_MAX:
                yield start, f"a function has {size} lines, more than {FUNCTION_LINES_MAX}"
            start = None


def includes(path, text):
    folder = path.split("/")[0]
    text = without_comments(text, keep_strings=True)
    own = 0
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', text, re.M):
        line, name = _line_of(text, match.start()), match.group(2)
        if match.group(1) == '"':
            own += 1
            target = name.split("/")[0] if "/" in name else folder
            if ".." in name:
                yield line, "an own file is named from the root or from its own folder"
            elif target not in MAY_INCLUDE.get(folder, set()):
                yield line, f"{folder}/ may not include {target}/"
        for pattern, who, sentence in LIBRARIES:
            if re.match(pattern, name) and not re.fullmatch(who, path):
                yield line, sentence
    if own > OWN_INCLUDES_MAX:
        yield 1, f"includes {own} own files, more than {OWN_INCLUDES_MAX}"


def calls(path, text):
    text = without_comments(text)
    for match in re.finditer(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED_CALLS), text):
        yield _line_of(text, match.start()), f"{match.group(1)}() is banned"


def conditions(path, text):
    text = without_comments(text)
    for match in re.finditer(r"^[ \t]*#[ \t]*(?:el)?if(n?def)?\b(.*)$", text, re.M):
        words = set(re.findall(r"[A-Za-z_]\w*", match.group(2))) - {"defined"}
        versions = {"GTK_CHECK_VERSION", "ADW_CHECK_VERSION"} if path.startswith("ui/") else set()
        if not words or any(not word.startswith("HAVE_") for word in words - versions):
            yield _line_of(text, match.start()), "#if is for HAVE_ only"


def _outside_functions(text):
    """(line, declaration) of everything at file scope, bodies and initialisers as `{}`."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), text,
                  flags=re.M)
    depth, start, chunk = 0, 0, []
    for position, letter in enumerate(text):
        if letter == "{":
            depth += 1
            if depth == 1:
                chunk.append("{")
            continue
        if letter == "}":
            depth -= 1
            if depth == 0:
                chunk.append("}")
                if re.search(r"\)\s*(?:__attribute__\s*\(\(.*\)\)\s*)?\{\}$", "".join(chunk), re.S):
                    chunk, start = [], position + 1
            continue
        if depth:
            continue
        if letter == ";":
            declaration = " ".join("".join(chunk).split())
            if declaration:
                skipped = len(text[start:]) - len(text[start:].lstrip())
                yield _line_of(text, start + skipped), declaration
            chunk, start = [], position + 1
        else:
            chunk.append(letter)


def _is_mutable(declaration):
    head = declaration.split("=")[0]
    if "*" in head:
        return not re.search(r"\*\s*const\b", head[head.rindex("*"):])
    return not re.search(r"\bconst\b", head)


def variables(path, text):
    """No state but what somebody owns: neither at file scope nor static in a function."""
    text = without_comments(text)
    for line, declaration in _outside_functions(text):
        if re.match(r"(typedef|extern|static_assert|_Static_assert)\b", declaration):
            continue
        head = declaration.split("=")[0]
        if "(" in head or re.fullmatch(r"(struct|union|enum)(\s+\w+|\s*\w*\s*\{\})", head.strip()):
            continue
        if path.startswith(("ui/", "tests/ui/")) and re.search(
                r"\b(GParamSpec|guint|GType|gpointer|GQuark)\b", head):
            continue
        if _is_mutable(declaration):
            yield line, f"a mutable variable at file scope: {head.strip()[:60]}"
    if path.startswith("tests/"):
        return
    for match in re.finditer(r"^[ \t]+static\b[^;={(]*", text, re.M):
        if _is_mutable(match.group(0)) and "inline" not in match.group(0):
            yield _line_of(text, match.start()), "a mutable static variable in a function"


def places(path, text, root=""):
    """No package host and no path of the machine it was written on."""
    for match in HOSTS.finditer(text):
        yield _line_of(text, match.start()), f"names a package host: {match.group(0)}"
    patterns = [HOME]
    parts = [part for part in root.split("/") if part]
    if len(parts) >= 2 and parts[0] not in ("tmp", "var", "home", "root"):
        patterns.append(re.compile(r"(?<![\w$}.])/%s/" % re.escape(parts[0])))
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield _line_of(text, match.start()), "names a path of somebody's machine"


C_RULES = (licence, lines, header, functions, includes, calls, conditions, variables)
OTHER_RULES = (licence, lines)
