"""Alert rules and dashboard: expressions that parse, metrics there are, a runbook for each alert."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest

from tests.deployment import DEPLOY, ROOT, documents, series
from worker.observe.metrics import BY_NAME

RULES = [
    rule
    for group in documents(DEPLOY / "prometheus" / "alerts.yml")[0]["groups"]
    for rule in group["rules"]
]
TESTS = documents(DEPLOY / "prometheus" / "alerts_test.yml")[0]["tests"]
DASHBOARD = json.loads((DEPLOY / "grafana" / "tocsin.json").read_text(encoding="utf-8"))
FOREIGN = re.compile("up|ALERTS|node_filesystem_.*|kubelet_volume_stats_.*")


def selectors(expression: str) -> Iterator[Any]:
    """Each choice of series in a PromQL expression. Raises ValueError when it is none."""
    found: list[Any] = []

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    tree = promql_parser.parse(expression)
    promql_parser.walk(tree, visit)
    yield from found


def unknown(expression: str) -> list[str]:
    """What an expression asks for that Tocsin does not show: metrics, and labels of metrics."""
    wrong = []
    for one in selectors(expression):
        name = str(one.name)
        if name in series():
            known = {*series()[name].labels, "job", "instance", "le"}
            wrong += [f"{name}{{{m.name}}}" for m in one.matchers.matchers if m.name not in known]
        elif not FOREIGN.fullmatch(name):
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_says_what_to_do(rule: dict[str, Any]) -> None:
    """The expression parses and its metrics exist; the runbook has a chapter of that name."""
    assert [] == unknown(rule["expr"])
    assert {"severity"} == set(rule["labels"])
    page, _, chapter = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^## (\w+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert chapter in {heading.lower() for heading in headings}
    assert rule["annotations"]["summary"]


def test_every_alert_has_a_test_in_which_it_rings() -> None:
    """A rule that nobody has seen ringing may never ring."""
    rings = {
        one["alertname"]
        for test in TESTS
        for one in test.get("alert_rule_test", [])
        if one.get("exp_alerts")
    }
    assert {rule["alert"] for rule in RULES} == rings


def test_the_series_of_those_tests_are_shown_by_the_code() -> None:
    """A rule tested with a label or metric that does not exist proves nothing."""
    given = [one["series"] for test in TESTS for one in test["input_series"]]
    assert given
    assert [] == [name for one in given for name in unknown(one) if "persistent" not in name]


def test_promtool_agrees() -> None:
    """Prometheus's own checker runs the rules' tests; without it the names are compared again."""
    promtool = shutil.which("promtool")
    if promtool is None:
        assert len(RULES) == len({rule["alert"] for rule in RULES})
        return
    for words in (("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")):
        done = subprocess.run(
            [promtool, *words],
            cwd=DEPLOY / "prometheus",
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stdout + done.stderr


def queries() -> list[str]:
    """The expressions of the dashboard."""
    return [t["expr"] for panel in DASHBOARD["panels"] for t in panel.get("targets", [])]


def test_the_dashboard_asks_for_what_there_is() -> None:
    """Every expression parses, for metrics and labels that exist."""
    wide = [one.replace("$__rate_interval", "5m") for one in queries()]
    assert 20 < len(wide)
    assert [] == [name for one in wide for name in unknown(one)]


def test_the_dashboard_leaves_no_metric_out() -> None:
    """Whatever Tocsin shows can be seen, but for bounds and losses of the measuring itself."""
    shown = {
        str(one.name) for q in queries() for one in selectors(q.replace("$__rate_interval", "5m"))
    }
    left_out = {name for name in BY_NAME if not any(s.startswith(name) for s in shown)}
    assert {"tocsin_loop_turn_limit_seconds", "tocsin_facts_lost_total"} == left_out


def test_the_dashboard_is_one_that_grafana_can_lay_out() -> None:
    """Ids are unique, panels keep within the width and do not lie on each other."""
    panels = DASHBOARD["panels"]
    assert len(panels) == len({panel["id"] for panel in panels})
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (place["x"] + right, place["y"] + down)
            for right in range(place["w"])
            for down in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
