# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of some and of all: they vote again, registers go on, nothing is lost or twice."""

import pathlib
import time

import isolated
from case import HUB, HomeCase, home
from supervisor.plan import DAY_US, Plan
from supervisor.stores import read_stores

TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
SECONDS, SPEED = 40, 1440
VOTES_AGAIN_S = 10.0


def votes(made, name):
    return made.watcher.ledger(name).get("VotesCast", 0)


class Kills(HomeCase):
    def assert_vote_again(self, made, names):
        """Each of them, as a new process, casts votes within ten seconds."""
        began = time.monotonic()
        restarts = {name: made.node(name).service.restarts for name in names}
        made.kill(names)

        def vote_again(name):
            # What the dead process had cast is forgotten with its bus name, before the restart.
            return made.node(name).service.restarts > restarts[name] and votes(made, name) > 0
        self.assert_soon(
            made, lambda: all(vote_again(name) for name in names), VOTES_AGAIN_S,
            lambda: f"no vote within {VOTES_AGAIN_S} s: "
                    f"{[name for name in names if not vote_again(name)]}")
        print(f"{', '.join(names)}: vote again after {time.monotonic() - began:.2f} s")

    def recorded(self, made):
        """Every final that any member's store has now, read beside its writer."""
        finals = dict(made.watcher.finals)
        for store in read_stores(made.running):
            finals.update(store.finals())
        return finals

    def test_nothing_is_lost_by_kills(self):
        plan = Plan(SPEED, SECONDS)
        plan.begin_in(1710374400 * 1000 * 1000, DAY_US, 0)
        with home(plan, traces=TRACES) as made:
            self.assert_up(made)
            some = [HUB, made.nodes[1].name, made.nodes[4].name]
            everything = [node.name for node in made.nodes]
            made.pump(SECONDS * 0.3)
            finals = self.recorded(made)
            self.assertGreater(len(finals), len(everything))
            self.assert_vote_again(made, some)
            made.pump(4)
            finals.update(self.recorded(made))
            self.assert_vote_again(made, everything)
            self.assert_soon(made, lambda: made.reading_time_us >= plan.to_us, SECONDS + 20,
                             "the clock stands")
            self.assert_drained(made)
            found = self.finish(made, finals)
        self.assertEqual(found["finals_recorded"], len(set(finals) | set(made.watcher.finals)))
        self.assert_energy(found)
        self.assert_ledgers(found)
        restarts = {member["name"]: member["restarts"] for member in found["members"]}
        self.assertEqual(restarts, {name: 1 + (name in some) for name in everything})


if __name__ == "__main__":
    isolated.main()
