# SPDX-License-Identifier: GPL-3.0-or-later
"""A home of real processes on this machine: what ./run starts and what the tests look at."""
