"""Lines of logs, and what containers' states say of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from kkinfra.targets.kubernetes.client.log_lines import TimedLine, lines, whole_second
from kkinfra.targets.kubernetes.client.log_sources import LogPlace, is_unwell, news, sources, states

PLACE = LogPlace("webapp", "webapp-1", "u1", "webapp", "")
ENDED = {"terminated": {"exitCode": 1, "reason": "Error", "containerID": "c0"}}
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
seconds = st.integers(1_600_000_000_000_000, 2_200_000_000_000_000)
moments = st.tuples(seconds, zones, st.integers(0, 999))


def pod(*statuses, init=(), name="webapp-1", uid="u1"):
    metadata = {"name": name, "uid": uid, "labels": {"app.kubernetes.io/name": "webapp"}}
    status = {"containerStatuses": list(statuses), "initContainerStatuses": list(init)}
    return {"metadata": metadata, "status": status}


def status(state, last=None, name="webapp", run="c1"):
    return {"name": name, "state": state, "lastState": last or {}, "containerID": run}


@given(st.lists(moments, min_size=2, max_size=6))
def test_times_of_any_zone_sort_as_they_follow_each_other(found):
    read = []
    for micro, zone, nano in sorted(found, key=lambda each: (each[0], each[2])):
        at = datetime.fromtimestamp(micro // 10**6, UTC).replace(microsecond=micro % 10**6)
        there = at.astimezone(zone).isoformat(timespec="microseconds")
        (line,) = lines(PLACE, [f"{there[:26]}{nano:03}{there[26:]} x"])
        assert line.at == f"{at.isoformat(timespec='microseconds')[:26]}{nano:03}Z"
        read.append(line.at)
    assert read == sorted(read)


def test_a_time_with_fewer_digits_sorts_by_what_it_is():
    texts = ["2026-11-25T10:00:00Z a", "2026-11-25T10:00:00.1Z b", "2026-11-25T10:00:00.12Z c"]
    assert [each.text for each in sorted(lines(PLACE, texts))] == ["a", "b", "c"]


def test_lines_that_were_read_are_not_given_again():
    texts = [f"2026-11-25T10:00:00.{number:09}Z {number}" for number in range(4)]
    (last, *_) = lines(PLACE, texts[2:3])
    assert [each.text for each in lines(PLACE, texts, last.at)] == ["3"]


def test_what_has_no_time_is_given_with_that_of_the_line_before():
    said = list(lines(PLACE, ["2026-11-25T10:00:00.1Z one", "unable to retrieve container logs"]))
    assert said == [
        TimedLine(said[0].at, PLACE, "one"),
        TimedLine(said[0].at, PLACE, "unable to retrieve container logs"),
    ]


def test_an_empty_line_stays_one():
    assert [each.text for each in lines(PLACE, ["2026-11-25T10:00:00.1Z ", "2026-11-25T10:00:00.2Z"])] == ["", ""]


def test_since_is_told_in_whole_seconds():
    assert whole_second("2026-11-25T10:00:01.900000000Z") == "2026-11-25T10:00:01Z"
    assert whole_second("") == ""


def test_a_container_that_waits_to_start_has_no_log():
    assert sources([pod(status({"waiting": {"reason": "ContainerCreating"}}))]) == []


def test_a_container_that_waits_to_be_started_again_has_the_log_of_the_run_that_ended():
    (found,) = sources([pod(status({"waiting": {"reason": "CrashLoopBackOff"}}, ENDED))])
    assert (found.run, found.is_running, found.has_previous) == ("c0", False, False)


def test_a_container_that_runs_again_has_the_log_of_the_run_before_too():
    (found,) = sources([pod(status({"running": {}}, ENDED))])
    assert (found.run, found.is_running, found.has_previous) == ("c1", True, True)


def test_containers_are_named_where_the_pod_alone_does_not_tell_them():
    assert [each.place.shown for each in sources([pod(status({"running": {}}))])] == [""]
    sidecar, init = status({"running": {}}, name="proxy"), status({"running": {}}, name="wait")
    assert [each.place.shown for each in sources([pod(status({"running": {}}), init=[init])])] == ["wait", ""]
    assert [each.place.shown for each in sources([pod(status({"running": {}}), sidecar)])] == ["webapp", "proxy"]


def test_news_are_what_changed():
    runs, ended = states([pod(status({"running": {}}))]), states([pod(status(ENDED))])
    assert news({}, runs) == news(ended, ended) == []
    ((place, said),) = news(runs, ended)
    assert (place.pod, said) == ("webapp-1", "ended with exit code 1 (Error)")
    assert [said for _, said in news(runs, {})] == ["is gone"]
    assert news(ended, {}) == []


def test_what_ended_well_is_no_news_at_first():
    done = {"terminated": {"exitCode": 0, "reason": "Completed"}}
    assert not any(is_unwell(said) for said in states([pod(status(done))]).values())
    assert all(is_unwell(said) for said in states([pod(status(ENDED))]).values())
