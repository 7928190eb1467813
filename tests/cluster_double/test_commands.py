"""Commands in one-off pods, and in pods that run: the channels of attach and exec, as kubelets speak them."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import pytest
import websocket

from cluster_double.attaching import PROTOCOLS

POD = "/api/v1/namespaces/shop/pods/once"


@pytest.fixture
def once(cluster, running):
    """Makes a pod of one command, and returns once that runs or has ended."""

    def make(*command, **more):
        if "shop" not in cluster.objects.names("Namespace"):
            cluster.objects.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        container = {
            "name": "main",
            "image": "shop:1",
            "command": list(command),
            "stdin": True,
            "stdinOnce": True,
            **more,
        }
        spec = {"containers": [container | more], "restartPolicy": "Never"}
        metadata = {"name": "once", "namespace": "shop"}
        cluster.objects.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        cluster.until(lambda: {"running", "terminated"} & {*state(cluster)})

    return make


def state(cluster):
    found = cluster.objects.get("Pod", "once", "shop").get("status", {}).get("containerStatuses")
    return found[0]["state"] if found else {}


@pytest.fixture
def spoken():
    """Connects; every connection is closed at the end."""
    made = []

    def connect(cluster, how, protocol=PROTOCOLS[0], **query):
        url = f"{cluster.url.replace('http', 'ws')}{POD}/{how}?{urlencode(query, doseq=True)}"
        made.append(websocket.WebSocket())
        made[-1].connect(url, header=["Authorization: Bearer admin"], subprotocols=[protocol], timeout=20)
        return made[-1]

    yield connect
    for each in made:
        each.shutdown()


def heard(socket):
    """What each channel says until the end."""
    found = {}
    while True:
        kind, data = socket.recv_data()
        if kind == websocket.ABNF.OPCODE_CLOSE:
            return found
        found[data[0]] = found.get(data[0], b"") + data[1:]


def test_input_that_is_closed_ends_what_reads_it(cluster, once, spoken):
    once("sh", "-c", "cat; echo over >&2")
    socket = spoken(cluster, "attach")
    socket.send_binary(b"\x00hello")
    socket.send_binary(b"\xff\x00")
    found = heard(socket)
    assert (found[1], found[2], json.loads(found[3])["status"]) == (b"hello", b"over\n", "Success")
    cluster.until(lambda: state(cluster).get("terminated", {}).get("exitCode") == 0)


def test_version_four_knows_no_end_of_the_input(cluster, once, spoken):
    once("sh", "-c", "read line; echo $line")
    socket = spoken(cluster, "attach", PROTOCOLS[1])
    socket.send_binary(b"\xff\x00")
    time.sleep(0.3)
    socket.send_binary(b"\x00hello\n")
    assert heard(socket)[1] == b"hello\n"


def test_exec_tells_the_exit_code(cluster, once, spoken):
    once("cat")
    said = json.loads(heard(spoken(cluster, "exec", command=["sh", "-c", "exit 3"]))[3])
    assert said["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]
    said = json.loads(heard(spoken(cluster, "exec", command=["no-such-command"]))[3])
    assert 'exec: "no-such-command": executable file not found in $PATH' in said["message"]


def test_a_terminal_is_resized(cluster, once, spoken):
    once("sh", "-c", "read line; stty size", tty=True)
    socket = spoken(cluster, "attach", tty="true")
    socket.send_binary(b'\x04{"Width":91,"Height":33}')
    socket.send_binary(b"\x00\n")
    assert heard(socket)[1].endswith(b"33 91\r\n")


def test_a_command_that_is_not_there_is_a_start_error(cluster, once, spoken):
    once("no-such-command")
    assert state(cluster)["terminated"]["reason"] == "StartError"
    with pytest.raises(websocket.WebSocketBadStatusException, match="500"):
        spoken(cluster, "attach")


def test_the_process_ends_with_its_client(cluster, once, spoken):
    once("sleep", "600")
    spoken(cluster, "attach").abort()
    cluster.until(lambda: state(cluster).get("terminated", {}).get("exitCode") == 137)


def test_without_an_upgrade_it_is_refused(cluster, once, client):
    once("cat")
    assert client.ask("GET", f"{POD}/attach").code == 400
