"""A teacher for tests, without NumPy: what it does is its first argument, a file its second."""
import os, struct, subprocess, sys, time

conduct, place = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
source, sink = sys.stdin.buffer, sys.stdout.buffer


def question():
    head = source.read(8)
    if len(head) < 8:
        return None
    array = source.read(struct.unpack("<Q", head)[0])
    start = 10 + struct.unpack("<H", array[8:10])[0]
    header = array[10:start].decode()
    assert array[:8] == b"\x93NUMPY\x01\x00" and "'<f4'" in header and "False" in header
    shape = eval(header, {"__builtins__": {}})["shape"]
    numbers = struct.unpack("<%df" % ((len(array) - start) // 4), array[start:])
    width = len(numbers) // shape[0]
    return [numbers[i * width:(i + 1) * width] for i in range(shape[0])]


def message(rows, shape=None, kind="<f8"):
    shape = shape or (len(rows), len(rows[0]))
    text = "{'descr': '%s', 'fortran_order': False, 'shape': %r, }" % (kind, shape)
    text += " " * (-(len(text) + 11) % 64) + "\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    numbers = [number for row in rows for number in row]
    array += struct.pack("<%d%s" % (len(numbers), "d" if kind == "<f8" else "f"), *numbers)
    return struct.pack("<Q", len(array)) + array


def answer(rows):
    return [[sum(row), sum(n * n for n in row), row[0]] for row in rows]


def attempt():
    """How often this was started to do what it does, from 1."""
    with open(place, "a") as file:
        file.write("x")
    return os.path.getsize(place)


if conduct == "loading-fails":
    sys.exit("there is no model\nso nothing can be said")
if conduct == "printing":
    print("loading the model", flush=True)
if conduct in ("silent", "family", "stubborn"):
    others = [subprocess.Popen(["sleep", "600"])] if conduct == "family" else []
    with open(place, "w") as file:
        file.write(" ".join(str(n) for n in [os.getpid()] + [o.pid for o in others]))
if conduct in ("silent", "stubborn"):
    time.sleep(600)

count = 0
while rows := question():
    count += 1
    said = message(answer(rows))
    if conduct == "deciding" and len(rows) == 3 and attempt() < 3:
        print("out of patience", file=sys.stderr)
        os._exit(7)
    if conduct == "ending" and len(rows) == 3:
        print("no memory left", file=sys.stderr)
        os.kill(os.getpid(), 9)
    if conduct == "slow":
        time.sleep(0.02 * (1 + count % 3))
    if conduct == "printing-later" and count == 2:
        sink.write(b"2 of 5 done\n")
    if conduct == "few" and count == 2:
        said = message(answer(rows)[1:])
    if conduct == "wide" and count == 2:
        said = message([row + [1.0] for row in answer(rows)])
    if conduct == "nan" and count == 2:
        said = message([[float("nan")] * 3 for row in rows])
    if conduct == "cube":
        said = message(answer(rows), (len(rows), 3, 1))
    if conduct == "torn":
        said = said[:-5]
    if conduct == "long":
        said = struct.pack("<Q", 1 << 50) + said[8:]
    if conduct == "short-header":
        said = said[:40].replace(b"descr", b"desc ") + said[40:]
    if conduct == "single":
        said = message([[sum(row)] for row in rows], (len(rows),), "<f4")
    if conduct == "worker":
        said = message([[float(os.environ["DISTILL_WORKER"])] for row in rows])
    if conduct == "growing":
        said = message([[n + count for n in row] for row in answer(rows)])
    sink.write(said)
    sink.flush()
