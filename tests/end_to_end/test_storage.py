# SPDX-License-Identifier: GPL-3.0-or-later
"""A full disk and a read-only state directory: said plainly, live values go on, nothing is
acknowledged that was not stored, and it mends itself."""

import contextlib
import os
import subprocess

import isolated
from case import FOUR, HUB, HomeCase, home
from supervisor.plan import Plan
from supervisor.stores import Store

SIZE = 8 << 20


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def fill(folder):
    """Takes all space that is left."""
    path = folder / "ballast"
    with open(path, "wb", 0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            return path


class Storage(HomeCase):
    @contextlib.contextmanager
    def small_disk(self, name):
        """A home in which this node's folder is a small file system, with the same content."""
        with home(Plan(1, interval_s=1)) as made:
            folder = str(made.node(name).folder)
            self.put_on_small_disk(made, name)
            try:
                yield made
            finally:
                subprocess.run(["umount", "--lazy", folder], check=False)

    def put_on_small_disk(self, made, name):
        folder = made.node(name).folder
        files = {path.relative_to(folder): path.read_bytes()
                 for path in folder.rglob("*") if path.is_file()}
        mount("-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder))
        for path, content in files.items():
            (folder / path).parent.mkdir(mode=0o700, exist_ok=True)
            (folder / path).write_bytes(content)
            os.chmod(folder / path, 0o600)

    def storage_error(self, made, name):
        return made.watcher.get(name).get("StorageError")

    def assert_lives(self, made, name):
        """The node's own view goes on in time and in watts. A steady load sends no signal."""
        before = made.watcher.fetch(name).get("TimeUs", 0)

        def is_later():
            values = made.watcher.fetch(name)
            return values.get("TimeUs", 0) > before and values.get("PowerKnown")
        self.assert_soon(made, is_later, 6, "live values stand")

    def height(self, made, name):
        return made.watcher.ledger(name).get("Height", 0)

    def assert_agree(self, made, names, above):
        self.assert_soon(made, lambda: all(self.height(made, name) > above for name in names), 20,
                         lambda: f"no block above {above}: "
                                 f"{ {name: self.height(made, name) for name in names} }")

    def assert_all_the_same_in_the_end(self, made):
        names = [node.name for node in made.nodes]

        def is_even():
            heads = {made.watcher.ledger(name).get("Head") for name in names}
            return len(heads) == 1 and None not in heads
        self.assert_soon(made, is_even, 20, "the heads stay different")
        found = self.finish(made)
        self.assertEqual((found["duplicates"], found["lost_final"]), (0, 0))
        self.assertTrue(all(member["ledger_good"] for member in found["members"]))

    def test_full_disk_of_the_hub(self):
        with self.small_disk(HUB) as made:
            self.assert_up(made)
            self.assert_agree(made, [HUB, *FOUR], 2)
            ballast = fill(made.node(HUB).folder)
            self.assert_soon(made, lambda: self.storage_error(made, HUB), 15,
                             "the bus does not say that the disk is full")
            self.assertIn("space", self.storage_error(made, HUB))
            self.assertEqual(made.watcher.get(HUB).get("State"), "failing")
            self.assert_lives(made, HUB)
            # What the hub shows as final is in its file. The others may be ahead: a vote is a small
            # commit that may still find room, and where it does it counts.
            for _ in range(4):
                made.pump(1)
                self.assertLessEqual(self.height(made, HUB), Store(made.node(HUB)).height)
            heights = [self.height(made, name) for name in FOUR]
            ballast.unlink()
            self.assert_soon(made, lambda: self.storage_error(made, HUB) == "", 20,
                             "it does not notice that there is space again")
            self.assert_agree(made, [HUB, *FOUR], max(heights) + 2)
            self.assert_all_the_same_in_the_end(made)

    def test_full_disk_of_an_appliance_stops_nobody_else(self):
        with self.small_disk("lamp") as made:
            self.assert_up(made)
            self.assert_agree(made, [HUB, *FOUR], 2)
            ballast = fill(made.node("lamp").folder)
            self.assert_soon(made, lambda: self.storage_error(made, "lamp"), 15,
                             "the bus does not say that the disk is full")
            others = [HUB, *FOUR[:3]]
            self.assert_agree(made, others, self.height(made, HUB) + 2)
            self.assert_lives(made, "lamp")
            self.assertEqual(made.watcher.devices()["lamp"].get("State"), "live")
            ballast.unlink()
            self.assert_agree(made, ["lamp"], self.height(made, HUB) + 1)
            self.assert_all_the_same_in_the_end(made)

    def test_read_only_state_of_the_hub(self):
        with self.small_disk(HUB) as made:
            folder = str(made.node(HUB).folder)
            made.start_bus()
            mount("-o", "remount,ro", folder)
            made.start()
            self.assertIsNotNone(made.wait_first_watt(), "no watt on the bus")
            self.assert_soon(made, lambda: self.storage_error(made, HUB), 15,
                             "the bus does not say that nothing can be stored")
            self.assert_lives(made, HUB)
            self.assertEqual([self.height(made, name) for name in FOUR], [0] * len(FOUR))
            mount("-o", "remount,rw", folder)
            self.assert_soon(made, lambda: self.storage_error(made, HUB) == "", 20,
                             "it does not notice that it may write again")
            self.assert_agree(made, [HUB, *FOUR], 1)
            self.assert_all_the_same_in_the_end(made)


if __name__ == "__main__":
    isolated.main(mounts=True)
