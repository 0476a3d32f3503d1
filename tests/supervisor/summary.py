# SPDX-License-Identifier: GPL-3.0-or-later
"""The sum of a run as one JSON object: what was true, and what every member's closed store says."""

from . import truth
from .home import HUB

def lost_finals(stores, finals):
    """Recorded finals that any of the stores does not have."""
    kept = [store.finals() for store in stores]

    def is_lost(key, energy_mwh, have):
        # The bus has a rejected reading's place beside the register of the one before it.
        return key not in have or None not in (have[key], energy_mwh) and have[key] != energy_mwh
    return sorted(key for key, energy_mwh in finals.items()
                  if any(is_lost(key, energy_mwh, have) for have in kept))


def _truths(home, to_us):
    """{appliance: (mWh, gaps)} of those that replay a recording."""
    found = {}
    for node in home.nodes:
        if node.trace:
            trace = truth.load(node.trace)
            found[node.name] = (trace.energy_mwh(home.plan.from_us, to_us),
                                trace.gaps(home.plan.from_us, to_us))
    return found


def _appliance(node, store, truths, home, to_us):
    ledger_mwh = store.register_mwh(node.name, to_us) - store.register_mwh(node.name,
                                                                           home.plan.from_us)
    truth_mwh, gaps = truths.get(node.name, (None, None))
    readings = [reading for reading in store.accepted(node.name)
                if home.plan.from_us < reading["end_us"] <= to_us]
    covered_us = sum(reading["end_us"] - max(reading["start_us"], home.plan.from_us)
                     for reading in readings)
    return {"name": node.name, "truth_mwh": truth_mwh, "ledger_mwh": ledger_mwh,
            "error_mwh": None if truth_mwh is None else ledger_mwh - truth_mwh,
            "readings_final": len(readings), "gaps": gaps,
            "uncovered_us": to_us - home.plan.from_us - covered_us}


def _member(node, store, pid):
    service = node.service
    found = {"name": node.name, "role": node.role, "pid": pid, "restarts": service.restarts,
             "watchdog_kills": service.watchdog_kills, "head": store.head, "height": store.height,
             "ledger_good": store.is_good}
    found.update({key: service.resources.get(key) for key in ("rss_anon_kib", "rss_kib", "cpu_s")})
    return found


def summarize(home, stores, finals, pids, seconds_draining):
    """The object of `./run --json`."""
    first = stores[0]
    to_us = home.plan.to_us
    if to_us is None:
        to_us = min(first.last_end_us(node.name) for node in home.running)
        to_us = max(to_us, home.plan.from_us)
    truths = _truths(home, to_us)
    total = sum(mwh for mwh, _ in truths.values()) if truths else None
    counts = [reading["yes"] + reading["no"] for reading in first.readings]
    return {
        "from_us": home.plan.from_us,
        "to_us": to_us,
        "speed": home.plan.speed,
        "interval_us": home.plan.interval_us,
        "appliances": [_appliance(node, first, truths, home, to_us)
                       for node in home.running if node.role == "appliance"],
        "main_meter": {
            "truth_mwh": total,
            "ledger_mwh": first.register_mwh(HUB, to_us)
            - first.register_mwh(HUB, home.plan.from_us)},
        "members": [_member(node, store, pids.get(node.name))
                    for node, store in zip(home.running, stores)],
        "heads_equal": len({store.head for store in stores}) == 1,
        "blocks": first.height,
        "readings_final": sum(reading["accepted"] for reading in first.readings),
        "verdicts_per_reading": round(sum(counts) / len(counts), 2) if counts else None,
        "rejected": first.rejected(),
        "duplicates": max(store.duplicates() for store in stores),
        "lost_final": len(lost_finals(stores, finals)),
        "finals_recorded": len(finals),
        "seconds_to_first_watt": home.seconds_to_first_watt(),
        "seconds_draining": seconds_draining,
    }
