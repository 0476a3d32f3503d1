# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong configuration names file, line and key, exits 64 and touches nothing."""

import pathlib
import re
import shutil
import subprocess
import unittest

import isolated
from case import home
from supervisor.home import program


def tree(folder):
    """What a folder holds, to the byte and the second."""
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in sorted(pathlib.Path(folder).rglob("*"))}


class Config(unittest.TestCase):
    def refused(self, made, change, key, contract=None):
        """The error of smid for a configuration or contract that `change` has spoilt."""
        node = made.node("kettle")
        path = node.folder / contract if contract else node.config
        good = path.read_text()
        bad = change(good)
        self.assertNotEqual(good, bad)
        path.write_text(bad)
        before = tree(node.folder)
        done = subprocess.run([program("smid"), "--config", str(node.config)],
                              env=made.environment, stderr=subprocess.PIPE, check=False,
                              stdout=subprocess.DEVNULL, timeout=20)
        errors = done.stderr.decode()
        self.assertEqual(done.returncode, 64, errors)
        self.assertRegex(errors, re.escape(str(path)) + r":\d+: ")
        self.assertIn(key, errors)
        self.assertEqual(tree(node.folder), before, "the state was touched")
        path.write_text(good)
        line = int(re.search(re.escape(str(path)) + r":(\d+): ", errors).group(1))
        return bad.splitlines()[line - 1]

    def test_wrong_configuration_is_named(self):
        with home() as made:
            self.assertEqual(self.refused(
                made, lambda text: text.replace("port = 5684", "port = 99999"), "port"),
                "port = 99999")
            self.assertEqual(self.refused(
                made, lambda text: text.replace("[clock]", "colour = blue\n[clock]"), "colour"),
                "colour = blue")
            self.assertEqual(self.refused(
                made, lambda text: text + "[nonsense]\n", "nonsense"), "[nonsense]")
            self.assertEqual(self.refused(
                made, lambda text: text.replace("name = kettle", "name = kettle\nname = kettle"),
                "name"), "name = kettle")
            self.refused(made, lambda text: text.replace("kind = kettle", "kind = rocket"), "kind")
            self.refused(made, lambda text: re.sub("state = .*\n", "", text), "state")

    def test_wrong_contract_is_named(self):
        with home() as made:
            self.assertEqual(self.refused(
                made, lambda text: text.replace("layer = lan", "layer = moon"), "layer",
                "contract"), "layer = moon")
            self.refused(made, lambda text: text.replace("sign_key = ed25519:", "sign_key = rsa:",
                                                         1), "sign_key", "contract")

    def test_missing_file_is_named(self):
        done = subprocess.run([program("smid"), "--config", "/nowhere/smid.conf"],
                              stderr=subprocess.PIPE, check=False, timeout=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/nowhere/smid.conf", done.stderr.decode())

    def end(self, made, name):
        """How a node ends that is told to as soon as it runs, and what it says."""
        process = subprocess.Popen([program("smid"), "--config", str(made.node(name).config)],
                                   env=made.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        said = ""
        for line in process.stderr:
            said += line
            if f"'{name}' runs as" in line:
                process.terminate()
        process.stderr.close()
        return process.wait(timeout=20), said

    def test_ledger_of_another_device_is_refused(self):
        with home() as made:
            for name in ("kettle", "lamp"):
                code, said = self.end(made, name)
                self.assertEqual(code, 0, said)
            own, other = (made.node(name).folder / "ledger-lan" for name in ("kettle", "lamp"))
            shutil.rmtree(own)
            shutil.copytree(other, own)
            code, said = self.end(made, "kettle")
            self.assertEqual(code, 2, said)
            self.assertIn("belongs to another contract or another device; nothing was changed",
                          said)
            self.assertEqual((own / "data.mdb").read_bytes(), (other / "data.mdb").read_bytes())


if __name__ == "__main__":
    isolated.main()
