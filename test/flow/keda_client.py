"""KEDA's side of the external scaler protocol, by a client that shares no code with the server.

The messages are encoded here by hand from KEDA's field numbers, so that a slip in proto/ or in the
generated codec cannot hide on both sides. Prints one JSON line per check, {"check", "ok", …}, and
ends with 1 when one of them failed.

    keda_client.py ADDRESS WORKLOAD [--calls N] [--pid PID]

With --pid, the last check sends SIGTERM to that process while streams and calls are open.
"""

import argparse
import json
import os
import signal
import struct
import sys
import threading
import time

import grpc

SCALER = "/externalscaler.ExternalScaler/"
HEALTH = "/grpc.health.v1.Health/"
VARINT, FIXED64, BYTES = 0, 1, 2
IN_FLIGHT = 10
CALL_SECONDS_MAX = 5
SILENCE_SECONDS = 1.5


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, payload):
    raw = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | BYTES) + varint(len(raw)) + raw


def decode(raw):
    """All fields of a message as [(number, value)]; bytes stay bytes."""
    fields, at = [], 0

    def read_varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = raw[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(raw):
        key = read_varint()
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            fields.append((number, read_varint()))
        elif wire == FIXED64:
            fields.append((number, struct.unpack_from("<d", raw, at)[0]))
            at += 8
        elif wire == BYTES:
            length = read_varint()
            fields.append((number, raw[at : at + length]))
            at += length
        else:
            raise ValueError(f"wire type {wire}")
    return fields


def ref(metadata, name="my-scaled-object", namespace="default"):
    entries = b"".join(field(3, field(1, k) + field(2, v)) for k, v in metadata.items())
    return field(1, name) + field(2, namespace) + entries


def metrics_request(metadata, metric="s0-desired_replicas"):
    return field(1, ref(metadata)) + field(2, metric)


def triples(raw):
    """[(name, integer, float)] of a GetMetricsResponse or a GetMetricSpecResponse."""
    found = []
    for number, message in decode(raw):
        assert number == 1, number
        values = dict(decode(message))
        found.append((values.get(1, b"").decode(), values.get(2, 0), values.get(3, 0.0)))
    return found


def is_active(raw):
    return bool(dict(decode(raw)).get(1, 0))


def health_status(raw):
    return dict(decode(raw)).get(1, 0)


class Client:
    def __init__(self, address, workload):
        self.channel = grpc.insecure_channel(address)
        self.workload = {"workload": workload, "scalerAddress": address}

    def unary(self, path):
        call = self.channel.unary_unary(path)
        return lambda request=b"": call(request, timeout=CALL_SECONDS_MAX)

    def stream(self, path, request):
        return self.channel.unary_stream(path)(request)

    def code(self, path, request):
        """Name of the status of a call."""
        try:
            self.unary(path)(request)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    def replicas(self, metadata):
        values = triples(self.unary(SCALER + "GetMetrics")(metrics_request(metadata)))
        assert len(values) == 1, values
        name, integer, real = values[0]
        assert name == "s0-desired_replicas", name
        assert integer == real, values
        return integer


def first(stream, seconds=CALL_SECONDS_MAX):
    """First message of a stream, or None when it stays silent."""
    received = []

    def read():
        try:
            received.append(next(stream))
        except (StopIteration, grpc.RpcError):
            pass

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(seconds)
    return received[0] if received else None


def check_specs(client):
    """GetMetricSpec answers whatever it is asked, from configuration alone."""
    spec = client.unary(SCALER + "GetMetricSpec")
    named = {**client.workload, "metricName": "pods"}
    assert triples(spec(ref(named))) == [("pods", 1, 1.0)]
    for metadata in ({}, {"workload": "no-such"}, {"workload": "a&b=1"}, {"leadTime": "soon"}):
        assert triples(spec(ref(metadata))) == [("desired_replicas", 1, 1.0)], metadata
    assert triples(spec(b"")) == [("desired_replicas", 1, 1.0)]


def check_values(client):
    """One value, the same whole number in both fields; active when there is one."""
    replicas = client.replicas(client.workload)
    active = is_active(client.unary(SCALER + "IsActive")(ref(client.workload)))
    assert active == (replicas > 0), (active, replicas)
    return {"replicas": replicas, "active": active}


def check_empty(client):
    """An empty GetMetricsRequest means the only workload, and harms nothing."""
    values = triples(client.unary(SCALER + "GetMetrics")(b""))
    assert [name for name, _, _ in values] == ["desired_replicas"], values
    assert client.unary(HEALTH + "Check")() is not None


def check_two_triggers(client):
    """Two triggers of one ScaledObject, each with its own lead time."""
    near = client.replicas({**client.workload, "leadTime": "0s"})
    far = client.replicas({**client.workload, "leadTime": "10m"})
    assert far >= near, (near, far)
    return {"near": near, "far": far}


def check_unknown(client):
    """What is not known is an error, never a number."""
    for workload in ("no-such", "a&b=1", "UPPER", "x" * 300):
        for path, request in (
            ("GetMetrics", metrics_request({"workload": workload})),
            ("IsActive", ref({"workload": workload})),
        ):
            assert client.code(SCALER + path, request) == "UNAVAILABLE", (path, workload)
    bad = {**client.workload, "leadTime": "5 minutes"}
    assert client.code(SCALER + "GetMetrics", metrics_request(bad)) == "INVALID_ARGUMENT"
    assert client.code(SCALER + "IsActive", ref(bad)) == "INVALID_ARGUMENT"


def check_garbage(client):
    """What is no message is refused, and the next call is answered."""
    for raw in (b"\xff", b"\x0a\x7f", b"\x0b" * 50, bytes(range(255, 0, -1))):
        client.code(SCALER + "GetMetrics", raw)
    assert client.code(SCALER + "NoSuch", b"") == "UNIMPLEMENTED"
    assert client.code(SCALER + "GetMetrics", b"\x12" + varint(100_000) + b"x" * 100_000) == (
        "RESOURCE_EXHAUSTED"
    )
    client.replicas(client.workload)


def check_streams(client):
    """Streams say the present state at once, and nothing while nothing is known."""
    active = client.stream(SCALER + "StreamIsActive", ref(client.workload))
    spec = client.stream(SCALER + "StreamMetricSpec", ref(client.workload))
    unknown = client.stream(SCALER + "StreamIsActive", ref({"workload": "no-such"}))
    assert is_active(first(active)) == (client.replicas(client.workload) > 0)
    assert triples(first(spec)) == [("desired_replicas", 1, 1.0)]
    assert first(unknown, SILENCE_SECONDS) is None and unknown.is_active()
    for stream in (active, spec, unknown):
        stream.cancel()


def check_health(client):
    check = client.unary(HEALTH + "Check")
    assert health_status(check()) == 1
    assert health_status(check(field(1, "externalscaler.ExternalScaler"))) == 1
    assert client.code(HEALTH + "Check", field(1, "no-such")) == "NOT_FOUND"
    watch = client.stream(HEALTH + "Watch", b"")
    assert health_status(first(watch)) == 1
    watch.cancel()


def check_calls(client, calls):
    """Many calls, several at a time: each is answered, each with one whole number."""
    get = client.channel.unary_unary(SCALER + "GetMetrics")
    request = metrics_request(client.workload)
    slots = threading.Semaphore(IN_FLIGHT)
    latencies, bad = [], []

    def finish(future, started):
        latencies.append(time.perf_counter() - started)
        slots.release()
        if future.code() is not grpc.StatusCode.OK:
            bad.append(str(future.code()))
            return
        values = triples(future.result())
        if len(values) != 1 or values[0][1] != values[0][2]:
            bad.append(values)

    for _ in range(calls):
        slots.acquire()
        future = get.future(request, timeout=CALL_SECONDS_MAX)
        future.add_done_callback(lambda done, at=time.perf_counter(): finish(done, at))
    for _ in range(IN_FLIGHT):
        slots.acquire()
    assert not bad, bad[:3]
    latencies.sort()
    p99 = latencies[int(len(latencies) * 0.99)]
    return {"calls": len(latencies), "p99Ms": round(p99 * 1e3, 3)}


def check_shutdown(client, pid):
    """SIGTERM: streams end with OK; calls are answered or refused, none hangs."""
    streams = {
        "active": client.stream(SCALER + "StreamIsActive", ref(client.workload)),
        "spec": client.stream(SCALER + "StreamMetricSpec", ref(client.workload)),
        "silent": client.stream(SCALER + "StreamIsActive", ref({"workload": "no-such"})),
        "health": client.stream(HEALTH + "Watch", b""),
    }
    for name in ("active", "spec", "health"):
        assert first(streams[name]) is not None, name
    os.kill(pid, signal.SIGTERM)
    started = time.monotonic()
    for name, stream in streams.items():
        for _ in stream:
            pass
        assert stream.code() is grpc.StatusCode.OK, (name, stream.code())
    ended = time.monotonic() - started
    assert client.code(SCALER + "GetMetrics", metrics_request(client.workload)) == "UNAVAILABLE"
    return {"streamsEndedMs": round(ended * 1e3)}


def run(name, check, *arguments):
    try:
        detail, failure = check(*arguments) or {}, None
    except Exception as error:  # each check is reported, whatever it died of
        detail, failure = {}, f"{type(error).__name__}: {error}"
    line = {"check": name, "ok": failure is None, **detail}
    print(json.dumps(line if failure is None else {**line, "failure": failure}), flush=True)
    return failure is None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("workload")
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--pid", type=int)
    given = parser.parse_args()
    client = Client(given.address, given.workload)
    checks = {
        "specs": check_specs,
        "values": check_values,
        "empty": check_empty,
        "two triggers": check_two_triggers,
        "unknown": check_unknown,
        "garbage": check_garbage,
        "streams": check_streams,
        "health": check_health,
    }
    passed = [run(name, check, client) for name, check in checks.items()]
    passed.append(run("calls", check_calls, client, given.calls))
    if given.pid:
        passed.append(run("shutdown", check_shutdown, client, given.pid))
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
