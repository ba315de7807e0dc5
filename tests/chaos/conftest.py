"""Has pytest say what differs when a check of a run fails."""

import pytest

pytest.register_assert_rewrite("tests.chaos.runs")
