"""The Python side of the bench: what python.mjs asks for, timed here. Requests and answers are lines of JSON.

"the same rule" is what the digests and the secure storage of fleche are, in straight-line Python: hashlib, hmac, pickle.
"""

import hashlib
import hmac
import json
import os
import pickle
import platform
import struct
import sys
import time

DIRECTORY = sys.argv[1]
CALLS = 256
KEY = bytes(range(32))
counters = {}


def simulate(temperature, steps, label):
    return {"energy": temperature * steps, "label": label, "converged": True}


def arguments_of(i):
    return (i + 0.5, i % 32768, f"run {i}")


def h(name, *parts):
    return hashlib.sha256(name + b"".join(parts)).hexdigest().encode()


def digest(value):
    """The rule of docs/reference/digests.md, exact numbers."""
    if isinstance(value, str):
        return h(b"str", value.encode())
    if value is True or value is False:
        return h(b"bool", b"\x01" if value else b"\x00")
    if isinstance(value, int):
        return h(b"int", value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True))
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 2**53:
            return digest(int(value))
        return h(b"float", struct.pack("<d", value))
    if value is None:
        return h(b"NoneType", b"__None__")
    if isinstance(value, (bytes, memoryview)):
        return h(b"bytes", value)
    if isinstance(value, list):
        return h(b"list", *map(digest, value))
    if isinstance(value, tuple):
        return h(b"tuple", *map(digest, value))
    if isinstance(value, dict):
        pairs = sorted((digest(key), digest(item)) for key, item in value.items())
        return h(b"dict", *(part for pair in pairs for part in pair))
    raise TypeError(type(value))


CALL = digest("simulate")


def lookup_key(args):
    pairs = tuple(zip(("temperature", "steps", "label"), args))
    return h(b"Call", h(b"dict", CALL, digest(pairs))).decode()


def seal(body):
    return hmac.new(KEY, body, "sha256").digest() + body


def unseal(entry):
    tag, body = entry[:32], entry[32:]
    if not hmac.compare_digest(hmac.new(KEY, body, "sha256").digest(), tag):
        raise ValueError("tag")
    return pickle.loads(body)


def same_rule():
    root = os.path.join(DIRECTORY, "same-rule")
    os.makedirs(root, exist_ok=True)

    def read(name):
        with open(os.path.join(root, name), "rb") as file:
            return unseal(file.read())

    def write(name, value):
        temporary = os.path.join(root, f"tmp-{name}")
        with open(temporary, "wb") as file:
            file.write(seal(pickle.dumps(value)))
        os.replace(temporary, os.path.join(root, name))

    def call(args):
        key = lookup_key(args)
        try:
            return read(read(key)["result"])
        except FileNotFoundError:
            value = simulate(*args)
            name = digest(value).decode()
            write(name, value)
            write(key, {"name": "simulate", "arguments": [digest(arg).decode() for arg in args], "result": name})
            return value

    return call


def disk_cache():
    import diskcache

    cache = diskcache.Cache(os.path.join(DIRECTORY, "diskcache"))

    def call(args):
        found = cache.get(args)
        if found is None:
            found = simulate(*args)
            cache.set(args, found)
        return found

    return call


def job_lib():
    import joblib

    cached = joblib.Memory(os.path.join(DIRECTORY, "joblib"), verbose=0).cache(simulate)
    return lambda args: cached(*args)


def nodes():
    return [{"id": i, "name": f"node {i}", "weight": i / 7, "tags": ["a", "b"]} for i in range(1250)]


PERSISTENT = {"same rule": same_rule, "diskcache": disk_cache, "joblib": job_lib}
DIGESTS = {
    "3 scalars": lambda: (lambda i: [digest(arg) for arg in arguments_of(i % CALLS)]),
    "100 keys": lambda: (lambda value: lambda i: digest(value))({f"key {i}": i * 1.5 for i in range(100)}),
    "10,000 nodes": lambda: (lambda value: lambda i: digest(value))(nodes()),
    "64 MiB": lambda: (lambda value: lambda i: digest(value))(memoryview(bytes(1 << 26))),
}


def prepare(task):
    kind, _, name = task.partition(" of ")
    if kind == "digest":
        return DIGESTS[name]()
    call = PERSISTENT[name]()
    if kind == "miss":
        return lambda i: call(arguments_of(i))
    for i in range(CALLS):
        call(arguments_of(i))
    return lambda i: call(arguments_of(i % CALLS))


def timed(task, samples, batch):
    call = tasks[task]
    start = counters.get(task, 0)
    counters[task] = start + samples * batch
    clock = time.perf_counter_ns
    times = []
    for i in range(start, start + samples * batch, batch):
        before = clock()
        for j in range(i, i + batch):
            call(j)
        times.append((clock() - before) / 1000 / batch)
    return times


def versions():
    found = {"python": platform.python_version()}
    for name in ("diskcache", "joblib"):
        if name in sys.modules:
            found[name] = sys.modules[name].__version__
    return found


tasks = {}
for line in sys.stdin:
    request = json.loads(line)
    if "versions" in request:
        answer = {"versions": versions()}
    elif "prepare" in request:
        try:
            tasks[request["prepare"]] = prepare(request["prepare"])
            answer = {}
        except ImportError as error:
            answer = {"problem": f"not installed: {error.name}"}
    else:
        answer = {"times": timed(request["task"], request["samples"], request["batch"])}
    print(json.dumps(answer), flush=True)
