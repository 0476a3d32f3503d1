#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the contrast of every pair of text and ground that style.css puts together."""

import pathlib
import re
import sys

TEXT = [
    ("ink", "ground"),
    ("ink", "sheet"),
    ("quiet", "ground"),
    ("quiet", "sheet"),
    ("good_ink", "good_ground"),
    ("wait_ink", "wait_ground"),
    ("warn_ink", "warn_ground"),
    ("bad_ink", "bad_ground"),
    ("none_ink", "none_ground"),
]
GRAPHICS = [
    ("accent", "ground"),
    ("accent", "badge"),
    ("accent", "track"),
    ("quiet", "track"),
    ("unknown", "unknown_badge"),
    ("unknown", "track"),
    ("asleep", "sheet"),
    ("focus", "ground"),
    ("focus", "sheet"),
]
THEMES = {
    "light": ["style.css"],
    "dark": ["style.css", "style-dark.css"],
    "high contrast": ["style.css", "style-hc.css"],
    "high contrast dark": ["style.css", "style-dark.css", "style-hc.css", "style-hc-dark.css"],
}
LEAST = {"light": 4.5, "dark": 4.5, "high contrast": 7.0, "high contrast dark": 7.0}
LEAST_GRAPHICS = 3.0


def luminance(color):
    def linear(part):
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[k : k + 2], 16) / 255) for k in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palette(folder, files):
    colors = {}
    for name in files:
        text = (folder / name).read_text(encoding="utf-8")
        colors.update(re.findall(r"@define-color (\w+) (#[0-9a-f]{6});", text))
    return colors


def main(folder):
    faults = 0
    css = (folder / "style.css").read_text(encoding="utf-8")
    rules = re.sub(r"/\*.*?\*/|@define-color[^;]*;", "", css, flags=re.S)
    if re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules):
        print("style.css: a rule uses a colour without a name")
        faults += 1
    for theme, files in THEMES.items():
        colors = palette(folder, files)
        pairs = [(pair, LEAST[theme]) for pair in TEXT] + [(p, LEAST_GRAPHICS) for p in GRAPHICS]
        for (front, back), least in pairs:
            ratio = contrast(colors[front], colors[back])
            if ratio < least:
                print(f"{theme}: {front} on {back} is {ratio:.2f}:1, needs {least}:1")
                faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
