# SPDX-License-Identifier: GPL-3.0-or-later
"""The same home where every address is IPv6."""

import isolated
from case import FOUR, HomeCase, home
from supervisor.network import Network6
from supervisor.plan import Plan


class Ipv6(HomeCase):
    def test_home_agrees_over_ipv6(self):
        with home(Plan(60, 6), network=Network6()) as made:
            self.assert_up(made)
            self.assert_soon(made, lambda: made.reading_time_us >= made.plan.to_us, 30, "no end")
            self.assert_drained(made)
            found = self.finish(made)
        self.assert_ledgers(found)
        self.assertGreaterEqual(found["readings_final"], len(FOUR) + 1)


if __name__ == "__main__":
    isolated.main(addresses=[f"fd00::{last}/64" for last in ("1", "a", "b", "c", "d")])
