"""A Python program on the other side of the directory, with nothing but the standard library.

It stands in for the Python library: it knows the layout of its files, the rule of its digests and how it splits values,
and has classes of the same names, so that pickles of either side load. Not its code, and not all of it.

    peer.py read DIRECTORY [KEYS]                 every file: tag, unpickled, digested again; JSON on standard output
    peer.py write DIRECTORY DEPTH GZIP [KEYS]     the value whose Python literal is on standard input; prints its name
    peer.py call DIRECTORY [KEYS]                 a call, its fields as a Python literal on standard input; prints its key
"""

import ast
import gzip
import hashlib
import hmac
import json
import math
import os
import pickle
import struct
import sys
import types


def module(name):
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made


for package in ("fleche", "fleche.storage"):
    module(package).__path__ = []


def put_in(name):
    home = sys.modules.get(name) or module(name)

    def put(cls):
        cls.__module__ = name
        setattr(home, cls.__name__, cls)
        return cls

    return put


@put_in("fleche.digest")
class Digest(str):
    pass


class Fields:
    def __init__(self, **fields):
        self.__dict__.update(fields)


@put_in("fleche.storage.destructuring")
class DigestedIterable(Fields):
    pass


@put_in("fleche.storage.destructuring")
class DigestedDict(Fields):
    pass


@put_in("fleche.call")
class DigestedCall(Fields):
    pass


def H(type_name, *parts):
    return Digest(hashlib.sha256(type_name.encode() + b"".join(parts)).hexdigest())


def child(value):
    return digest(value).encode()


def digest(value):
    if isinstance(value, Digest):
        return value
    if isinstance(value, (DigestedIterable, DigestedDict)):
        return digest(value.items)
    name = type(value).__name__
    if value is None:
        return H(name, b"__None__")
    if isinstance(value, str):
        return H(name, value.encode("utf-8", "surrogatepass"))
    if isinstance(value, bytes):
        return H(name, value)
    if isinstance(value, int):
        return H(name, int(value).to_bytes((value.bit_length() + 8) // 8, "little", signed=True))
    if isinstance(value, float):
        if math.isnan(value):
            return H(name, struct.pack("<dd", value, 0.0))
        return digest(hash(value))
    if isinstance(value, dict):
        pairs = sorted((digest(key), digest(entry)) for key, entry in value.items())
        return H(name, *(part.encode() for pair in pairs for part in pair))
    if isinstance(value, (list, tuple, set, frozenset)):
        return H(name, *map(child, value))
    raise TypeError(f"no digest of {name}")


def lookup_key(call):
    pairs = tuple((name, argument) for name, argument in call.arguments.items())
    fields = {"name": call.name, "arguments": pairs, "metadata": None, "module": call.module}
    fields |= {"version": call.version, "code_digest": call.code_digest, "result": None}
    return H("Call", child(fields))


def tag(data, key):
    return hmac.new(key, data, hashlib.sha256).hexdigest().encode()


def opened(content, keys):
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    end = content.rfind(pickle.STOP) + 1
    data, signature = content[:end], content[end:]
    if keys and not any(hmac.compare_digest(tag(data, key), signature) for key in keys):
        raise ValueError("invalid signature")
    return data


def sealed(data, keys, compress=False):
    content = data + tag(data, keys[0]) if keys else data
    return gzip.compress(content) if compress else content


def mended(directory, value, keys):
    def whole(part):
        return load(directory, part, keys) if isinstance(part, Digest) else part

    if isinstance(value, DigestedIterable):
        return type(value.items)(whole(part) for part in value.items)
    if isinstance(value, DigestedDict):
        return {whole(key): whole(entry) for key, entry in value.items.items()}
    return value


def load(directory, name, keys):
    with open(os.path.join(directory, name), "rb") as file:
        return mended(directory, pickle.loads(opened(file.read(), keys)), keys)


def read(directory, keys):
    found = {}
    for name in sorted(os.listdir(directory)):
        if name.startswith(".") or name.endswith(".lock"):
            continue
        with open(os.path.join(directory, name), "rb") as file:
            value = pickle.loads(opened(file.read(), keys))
        if isinstance(value, DigestedCall):
            found[name] = {"key": lookup_key(value), "call": repr(vars(value)), "fields": list(vars(value))}
        else:
            whole = mended(directory, value, keys)
            found[name] = {"digest": digest(value), "whole": digest(whole), "repr": repr(whole)}
    print(json.dumps(found))


def save(directory, value, depth_left, compress, keys):
    def store(part, kept):
        name = digest(part)
        with open(os.path.join(directory, name), "wb") as file:
            file.write(sealed(pickle.dumps(kept), keys, compress))
        return name

    def taken_apart(part):
        if isinstance(part, (int, float, str, bytes)) or (isinstance(part, (list, tuple, dict)) and not part):
            return part, 0
        if isinstance(part, (list, tuple)):
            kept = [inner(item) for item in part]
            items = type(part)(item for item, _ in kept)
            wrapper, inside = DigestedIterable, items
        elif isinstance(part, dict):
            kept = [inner(key) for key in part] + [inner(entry) for entry in part.values()]
            keys_and_values = [item for item, _ in kept]
            items = dict(zip(keys_and_values[: len(part)], keys_and_values[len(part) :]))
            wrapper, inside = DigestedDict, keys_and_values
        else:
            return part, math.inf
        depth = 1 + max(depth for _, depth in kept)
        return (wrapper(items=items) if any(isinstance(item, Digest) for item in inside) else part), depth

    def inner(part):
        kept, depth = taken_apart(part)
        return (kept if depth < depth_left else store(part, kept)), depth

    return store(value, taken_apart(value)[0])


def main():
    act, directory, *rest = sys.argv[1:]
    os.makedirs(directory, exist_ok=True)
    keys = [bytes.fromhex(key) for key in rest.pop().split(":")] if rest and len(rest[-1]) >= 64 else []
    if act == "read":
        return read(directory, keys)
    given = ast.literal_eval(sys.stdin.read())
    if act == "write":
        depth_left, compress = rest
        return print(save(directory, given, int(depth_left), compress == "gzip", keys))
    given["arguments"] = {name: digest(argument) for name, argument in given["arguments"].items()}
    for field in ("result", "code_digest"):
        if given[field] is not None:
            given[field] = digest(given[field])
    call = DigestedCall(**given)
    with open(os.path.join(directory, lookup_key(call)), "wb") as file:
        file.write(sealed(pickle.dumps(call), keys))
    print(lookup_key(call))


main()
