# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule finds the bad snippet and lets the good one pass, so that tidy can fail."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import core_symbols  # noqa: E402
import rules  # noqa: E402


def found(rule, text, path="hub/x.c", **arguments):
    return [line for line, _ in rule(path, text, **arguments)]


class Rules(unittest.TestCase):
    def test_licence_stands_at_the_top(self):
        self.assertEqual(found(rules.licence, "int a;\n"), [1])
        self.assertEqual(found(rules.licence, "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"),
                         [])

    def test_file_has_a_maximum(self):
        self.assertEqual(len(found(rules.lines, "x\n" * 601)), 1)
        self.assertEqual(found(rules.lines, "x\n" * 600), [])

    def test_line_has_a_maximum_with_tabs_of_eight(self):
        self.assertEqual(found(rules.lines, "a\n\t" + "x" * 93 + "\n"), [2])
        self.assertEqual(found(rules.lines, "\t" + "x" * 92 + "\n"), [])

    def test_blanks_at_the_end_are_found(self):
        self.assertEqual(found(rules.lines, "a \nb"), [1, 2])

    def test_public_header_is_short(self):
        text = "#pragma once\n" + "x\n" * 200
        self.assertEqual(len(found(rules.header, text, "ledger/x.h")), 1)
        self.assertEqual(found(rules.header, text, "ui/x.h"), [])
        self.assertEqual(found(rules.header, "int a;\n", "base/x.h"), [1])

    def test_function_has_a_maximum(self):
        text = "int f(void)\n{\n%s}\n"
        self.assertEqual(found(rules.functions, text % ("\tg();\n" * 71)), [2])
        self.assertEqual(found(rules.functions, text % ("\tg();\n" * 70)), [])

    def test_folder_looks_only_to_its_left(self):
        self.assertEqual(found(rules.includes, '#include "hub/view.h"\n', "ledger/x.c"), [1])
        self.assertEqual(found(rules.includes, '#include "ledger/keys.h"\n', "drivers/x.c"), [1])
        self.assertEqual(found(rules.includes, '#include "hub/view.h"\n', "ui/x.c"), [1])
        self.assertEqual(found(rules.includes, '#include "../hub/view.h"\n', "hub/x.c"), [1])
        self.assertEqual(found(rules.includes, '#include "base/log.h"\n#include "x.h"\n'), [])
        self.assertEqual(found(rules.includes, '/* #include "hub/view.h" */\n', "base/x.c"), [])

    def test_library_has_its_place(self):
        self.assertEqual(found(rules.includes, "#include <coap3/coap.h>\n"), [1])
        self.assertEqual(found(rules.includes, "#include <coap3/coap.h>\n", "drivers/endpoint.c"),
                         [])
        self.assertEqual(found(rules.includes, "#include <lmdb.h>\n", "ledger/state.c"), [1])
        self.assertEqual(found(rules.includes, "#include <lmdb.h>\n", "ledger/store.c"), [])
        self.assertEqual(found(rules.includes, "#include <systemd/sd-event.h>\n", "ledger/x.c"),
                         [1])

    def test_own_includes_are_few(self):
        self.assertEqual(found(rules.includes, '#include "x.h"\n' * 9), [1])
        self.assertEqual(found(rules.includes, '#include "x.h"\n' * 8), [])

    def test_banned_calls_are_found(self):
        for name in rules.BANNED_CALLS:
            self.assertEqual(found(rules.calls, f"\t{name} (a);\n"), [1], name)
        self.assertEqual(found(rules.calls, "\tsnprintf(a); /* strcpy(a) */ my_rand(); \"gets(\""),
                         [])

    def test_conditions_are_for_have_only(self):
        for text in ("#if 0\n", "#ifdef DEBUG\n", "#if HAVE_A && B\n", "#ifndef X_H\n",
                     "# if defined(__x86_64__)\n", "#elif X\n"):
            self.assertEqual(found(rules.conditions, text), [1], text)
        for text in ("#ifdef HAVE_GPIOD\n", "#if defined(HAVE_A) && !HAVE_B\n", "#else\n#endif\n"):
            self.assertEqual(found(rules.conditions, text), [], text)

    def test_gtk_version_may_be_asked_in_ui(self):
        text = "#if GTK_CHECK_VERSION(4, 10, 0)\n"
        self.assertEqual(found(rules.conditions, text, "ui/x.c"), [])
        self.assertEqual(found(rules.conditions, text, "hub/x.c"), [1])

    def test_mutable_variable_is_found(self):
        for text in ("static int count;\n", "int a = 3;\n", "struct x y = {1, {2}};\n",
                     "static const char *names[] = {\"a\"};\n", "bool is_ready;\n",
                     "struct { int a; } it;\n"):
            self.assertEqual(found(rules.variables, text), [1], text)

    def test_what_is_no_mutable_variable_passes(self):
        for text in ("static const int count = 3;\n", "const char *const names[] = {\"a\"};\n",
                     "struct x;\n", "struct x {\n\tint a;\n};\n", "enum { A, B };\n",
                     "typedef int (*f)(void);\n", "extern const int a;\n", "int f(int a);\n",
                     "static int f(int a)\n{\n\tint b = 1;\n}\n", "DEFINE_CLEANUP(int, f);\n",
                     "const struct driver a = {\n\t.start = f,\n};\n", "#define X int a;\n",
                     "static_assert(1 + 1 == 2, \"\");\n", "union u { int a; };\n"):
            self.assertEqual(found(rules.variables, text), [], text)

    def test_static_in_a_function_is_found(self):
        text = "int f(void)\n{\n\tstatic %sint a[] = {1};\n}\n"
        self.assertEqual(found(rules.variables, text % ""), [3])
        self.assertEqual(found(rules.variables, text % "const "), [])
        # A large buffer of a test.
        self.assertEqual(found(rules.variables, text % "", "tests/unit/x.c"), [])

    def test_package_host_is_found(self):
        host = "deb." + "debian" + ".org"
        self.assertEqual(found(rules.places, f"a\nfetch {host}/x\n"), [2])
        self.assertEqual(found(rules.places, "the debian archive\n"), [])

    def test_path_of_a_machine_is_found(self):
        text = "cd /srv" + "/checkout/x\n"
        self.assertEqual(found(rules.places, text, root="/srv/checkout"), [1])
        self.assertEqual(found(rules.places, "cd /ho" + "me/someone/x\n"), [1])
        self.assertEqual(found(rules.places, "$deps/srv/x a/srv/b\n", root="/srv/checkout"), [])

    def test_core_may_not_know_the_clock(self):
        listing = "lib.a:state.c.o:         U %s\n"
        own = core_symbols.own_symbols("0000 T hash_parts\n0000 T log_line\n")
        for name in ("memcpy", "hash_parts", "wc_Sha256Update"):
            self.assertEqual(core_symbols.strangers(listing % name, own), [], name)
        for name in ("clock_gettime", "socket", "fopen", "getrandom", "log_line", "time"):
            self.assertEqual(core_symbols.strangers(listing % name, own), [("state", name)])
        self.assertEqual(core_symbols.strangers("lib.a:keys_file.c.o:  U open\n", own), [])


if __name__ == "__main__":
    unittest.main()
