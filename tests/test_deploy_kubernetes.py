"""The manifests: valid by Kubernetes's own schemas, restricted, true to the code.

Overlays are put together here as kustomize does it, as far as ours need it, and by kubectl where it
is there: both have to come to the same.
"""

import copy
import ipaddress
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deployment import DEPLOY, commands, documents, series, variables
from tests.test_deploy_watching import unknown
from worker.cli.catalogue import read_file

FOLDER = DEPLOY / "kubernetes"
SIZES = ("small", "large")
VERSIONS = ("1.30", "1.33")
PARTS = {"scheduler", "worker-fetch", "worker-tag", "worker-deliver", "serve"}
Manifest = dict[str, Any]


def merged(base: Any, patch: Any) -> Any:
    """A strategic merge: mappings by key, lists of what has a name by name, others replaced."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {key: merged(base.get(key), value) for key, value in patch.items()}
    if isinstance(base, list) and all(isinstance(p, dict) and "name" in p for p in patch):
        named = {one["name"]: one for one in base} | {
            one["name"]: merged({b["name"]: b for b in base}.get(one["name"]), one) for one in patch
        }
        return list(named.values())
    return copy.deepcopy(patch)


def key(one: Manifest) -> tuple[str, str]:
    """What names a manifest."""
    return one["kind"], one["metadata"]["name"]


@cache
def built(size: str) -> dict[tuple[str, str], Manifest]:
    """The manifests of an overlay: resources, then patches and numbers of replicas."""
    folder = FOLDER / size
    (plan,) = documents(folder / "kustomization.yaml")
    found: dict[tuple[str, str], Manifest] = {}
    for path in plan["resources"]:
        if (folder / path).is_dir():
            found |= built((folder / path).resolve().name)
        else:
            found |= {key(one): one for one in documents(folder / path)}
    for patch in plan.get("patches", []):
        for one in documents(folder / patch["path"]):
            assert key(one) in found, one
            found[key(one)] = merged(found[key(one)], one)
    for number in plan.get("replicas", []):
        one = found["Deployment", number["name"]]
        found["Deployment", number["name"]] = merged(one, {"spec": {"replicas": number["count"]}})
    return found


def pods(one: Manifest) -> Manifest | None:
    """The template of a manifest's pods."""
    spec = one.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    template: Manifest | None = spec.get("template")
    return template


def containers(template: Manifest) -> list[Manifest]:
    """All containers of a pod."""
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", SIZES)
def test_the_schemas_of_kubernetes_take_them(size: str, version: str) -> None:
    """Strictly: a key that is not known is refused. What KEDA and Prometheus add stands apart."""
    ours = [
        one for one in built(size).values() if one["kind"] not in {"ScaledObject", "PodMonitor"}
    ]
    assert 20 < len(ours)
    for one in ours:
        kubernetes_validate.validate(one, version, strict=True)


def test_the_schemas_would_notice() -> None:
    """A misspelt key is refused, so manifests that are taken are right."""
    wrong = copy.deepcopy(built("small")["Deployment", "scheduler"])
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("size", SIZES)
def test_kustomize_builds_the_same(size: str) -> None:
    """Kubectl comes to the same specifications; without it, every file is named by a plan."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        named = {path for plan in FOLDER.glob("*/kustomization.yaml") for path in named_by(plan)}
        assert named == {p for p in FOLDER.glob("*/*.yaml") if p.name != "kustomization.yaml"}
        return
    done = subprocess.run(
        [kubectl, "kustomize", str(FOLDER / size)], capture_output=True, text=True, check=True
    )
    theirs = {
        key(one): one for one in yaml.safe_load_all(done.stdout) if one["kind"] != "ConfigMap"
    }
    assert set(theirs) == set(built(size))
    for part in PARTS:
        got, made = theirs["Deployment", part]["spec"], built(size)["Deployment", part]["spec"]
        assert got.get("replicas") == made.get("replicas")
        assert (
            containers(got["template"])[0]["resources"]
            == containers(made["template"])[0]["resources"]
        )
    for name, one in built(size).items():
        if name[0] in {"ScaledObject", "PodDisruptionBudget", "NetworkPolicy"}:
            assert theirs[name]["spec"] == one["spec"], name


def named_by(plan: Path) -> set[Path]:
    """The files that a kustomization names."""
    (told,) = documents(plan)
    names = [*told["resources"], *(one["path"] for one in told.get("patches", []))]
    names += [name for one in told.get("configMapGenerator", []) for name in one.get("files", [])]
    return {plan.parent / name for name in names if (plan.parent / name).is_file()}


@pytest.mark.parametrize("size", SIZES)
def test_every_pod_keeps_to_the_restricted_profile(size: str) -> None:
    """As the Pod Security Standards say, which the namespace enforces; and a read-only root."""
    labels = built(size)["Namespace", "tocsin"]["metadata"]["labels"]
    assert "restricted" == labels["pod-security.kubernetes.io/enforce"]
    templates = [template for one in built(size).values() if (template := pods(one))]
    assert {"small": 9, "large": 7}[size] == len(templates)
    for template in templates:
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert {"type": "RuntimeDefault"} == spec["securityContext"]["seccompProfile"]
        assert spec["automountServiceAccountToken"] is False
        for one in containers(template):
            closed = one["securityContext"]
            assert {"drop": ["ALL"]} == closed["capabilities"]
            assert closed["allowPrivilegeEscalation"] is False
            assert closed["readOnlyRootFilesystem"] is True
            assert "memory" in one["resources"]["limits"]


def test_commands_and_settings_are_those_of_the_code() -> None:
    """Each container runs a command there is; the settings exist; feeds.yaml can be read."""
    for one in built("small").values():
        for container in containers(template) if (template := pods(one)) else []:
            if container["image"] != "tocsin":
                continue
            words = container["args"]
            assert {words[0], " ".join(words[:2])} & commands(), words
            assert {e["name"] for e in container.get("env", [])} <= variables()
    (plan,) = documents(FOLDER / "base" / "kustomization.yaml")
    literals = plan["configMapGenerator"][0]["literals"]
    assert {line.split("=")[0] for line in literals} <= variables()
    assert ["bbc-world"] == [feed.name for feed in read_file(FOLDER / "base" / "feeds.yaml").feeds]


def test_nothing_is_replaced_before_the_new_is_ready() -> None:
    """Rolling, one more at a time, probes on the health address; a budget for each part."""
    for part in PARTS:
        one = built("large")["Deployment", part]
        assert {"maxSurge": 1, "maxUnavailable": 0} == one["spec"]["strategy"]["rollingUpdate"]
        container = containers(one["spec"]["template"])[0]
        assert {"name": "health", "containerPort": 9464} in container["ports"]
        probes = {name: container[name]["httpGet"] for name in container if name.endswith("Probe")}
        assert {
            "startupProbe": {"path": "/livez", "port": "health"},
            "livenessProbe": {"path": "/livez", "port": "health"},
            "readinessProbe": {"path": "/livez", "port": "http"}
            if part == "serve"
            else {"path": "/readyz", "port": "health"},
        } == probes
        budget = built("large")["PodDisruptionBudget", part]["spec"]
        assert one["spec"]["selector"] == budget["selector"]


def policies(size: str, part: str) -> list[Manifest]:
    """The network policies that hold for the pods of a part."""
    found = []
    for (kind, _), one in built(size).items():
        if kind != "NetworkPolicy":
            continue
        chosen = one["spec"]["podSelector"]
        values = [v for e in chosen.get("matchExpressions", []) for v in e["values"]]
        values += chosen.get("matchLabels", {}).values()
        if not chosen or part in values:
            found.append(one["spec"])
    return found


def reachable(size: str, part: str, address: str) -> set[int]:
    """The ports at which a part may reach an address."""
    wanted = ipaddress.ip_address(address)
    ports = set()
    for rule in (rule for one in policies(size, part) for rule in one.get("egress", [])):
        for place in (one["ipBlock"] for one in rule["to"] if "ipBlock" in one):
            inside = wanted in ipaddress.ip_network(place["cidr"])
            left_out = any(wanted in ipaddress.ip_network(net) for net in place.get("except", []))
            if inside and not left_out:
                ports |= {port["port"] for port in rule["ports"]}
    return ports


OUTSIDE = ("93.184.215.14", "2606:2800:21f:cb07::1")
INSIDE = (
    "10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "100.64.0.1",
    "fd00::1", "fe80::1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
)  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_only_what_must_go_out_goes_out(size: str) -> None:
    """Feeds and pages from the web, receivers outside, nothing of the cluster or the cloud's own."""
    ports: dict[str, set[int]] = {part: set() for part in (*PARTS, "migrate", "prune")}
    ports |= {"scheduler": {80, 443}, "worker-fetch": {80, 443}, "worker-deliver": {443, 465, 587}}
    for part, expected in ports.items():
        assert ["Ingress", "Egress"] in [one["policyTypes"] for one in policies(size, part)]
        assert [expected] * len(OUTSIDE) == [reachable(size, part, one) for one in OUTSIDE]
        assert [set()] * len(INSIDE) == [reachable(size, part, one) for one in INSIDE]


@pytest.mark.parametrize("size", SIZES)
def test_only_serving_and_metrics_are_reached(size: str) -> None:
    """Every part lets Prometheus in at one port, and serve its readers at another."""
    for part in PARTS:
        ingress = [rule for one in policies(size, part) for rule in one.get("ingress", [])]
        ports = {port["port"] for rule in ingress for port in rule["ports"]}
        assert ports == ({8373, 9464} if part == "serve" else {9464})
        assert all(rule["from"] for rule in ingress)


@pytest.mark.parametrize("size", SIZES)
def test_workers_are_scaled_by_what_is_owed(size: str) -> None:
    """KEDA asks for metrics there are, of the queue that the scaled workers serve."""
    for part in ("worker-fetch", "worker-tag", "worker-deliver"):
        spec = built(size)["ScaledObject", part]["spec"]
        deployment = built(size)["Deployment", spec["scaleTargetRef"]["name"]]
        assert "replicas" not in deployment["spec"]  # else each apply would undo the scaling
        _, queue = containers(deployment["spec"]["template"])[0]["args"]
        assert 0 < spec["minReplicaCount"] < spec["maxReplicaCount"]
        queries = [trigger["metadata"]["query"] for trigger in spec["triggers"]]
        assert [
            f'max(tocsin_queue_waiting{{queue="{queue}"}})',
            f'max(tocsin_queue_lag_seconds{{queue="{queue}"}})',
        ] == queries
        assert [] == [name for query in queries for name in unknown(query)]
    assert "tocsin_queue_waiting" in series()


def test_prometheus_finds_every_part() -> None:
    """The monitor's labels are those that all pods get, its port the one they name."""
    monitor = built("small")["PodMonitor", "tocsin"]["spec"]
    (plan,) = documents(FOLDER / "base" / "kustomization.yaml")
    (given,) = plan["labels"]
    assert given["includeTemplates"]
    assert monitor["selector"]["matchLabels"] == given["pairs"]
    assert ["health"] == [one["port"] for one in monitor["podMetricsEndpoints"]]
