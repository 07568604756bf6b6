"""Unpack wheels into one virtual environment that serves several Pythons: `wheels_to_tree.py WHEELS PREFIX`.

WHEELS holds a directory for each Python (python3.11, ...) and `project` with the agent's own wheel. PREFIX becomes the
environment:

    bin/python3                      the distribution's Python, whichever it is
    bin/edge-agent                   and the project's other commands
    lib/shared                       what is the same for every Python; extension modules carry their Python in the name
    lib/python3.X/site-packages      what differs; the interpreter finds its own by itself (venv, PEP 405)

The same wheels give the same tree. Needs nothing but Python 3.10.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

INSTALLED = "/opt/edge-agent"
"""Where PREFIX will be on the device."""

NOT_NEEDED = re.compile(
    r"ai_edge_litert/(tools|vendors|aot)/"  # compilers for other processors' accelerators
    r"|ai_edge_litert/libLiteRtWebGpuAccelerator\.so"  # needs a graphics stack that no device here has
    r"|cv2/data/"  # classifiers of another kind
    r"|lap/_(lapjv_rh|lapjvc|lapjvs|lapjvx)\."  # variants of the assignment; each is imported on demand
    r"|numpy/distutils/"  # only before Python 3.12, and for building
    r"|numpy/(.*/)?tests/|numpy/(_core|f2py|random)/.*\.(h|c|pyx|pxd|a)$"
    r"|securesystemslib/_vendor/ed25519/test_data/"
    r"|[^/]+\.dist-info/(RECORD|WHEEL|INSTALLER|sboms/)"  # they name the Python, and nobody reads them
)
TELLS_OF_ITS_BUILD = re.compile(r"numpy/__config__\.py$")
"""Differs between Pythons, in nothing that matters: what `numpy.show_config` prints."""
_OF_ONE_PYTHON = re.compile(r"\.(cpython-\d+|cp\d+)-")
Tree = dict[str, bytes]


def unpacked(wheels: list[Path]) -> Tree:
    """The files of some wheels by their path."""
    tree: Tree = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if ".data/" in name:
                    sys.exit(
                        f"{wheel.name} installs files outside of site-packages ({name}), which is not provided for"
                    )
                if not name.endswith("/") and not NOT_NEEDED.match(name):
                    tree[name] = archive.read(name)
    return tree


def is_shared(trees: dict[str, Tree], files: set[str]) -> bool:
    """Whether one copy of these files serves every Python."""
    for file in files:
        copies = [tree.get(file) for tree in trees.values()]
        present = [each for each in copies if each is not None]
        if any(each != present[0] for each in present) and not TELLS_OF_ITS_BUILD.match(file):
            return False
        if len(present) < len(copies) and not _OF_ONE_PYTHON.search(file):
            return False
    return True


def write_libraries(trees: dict[str, Tree], lib: Path) -> None:
    """What is shared once, what is not for each Python."""
    by_top: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for file in tree:
            # numpy.libs goes where numpy goes, which looks for it beside itself.
            by_top[PurePosixPath(file).parts[0].removesuffix(".libs")].add(file)
    for files in by_top.values():
        if is_shared(trees, files):
            for file in sorted(files):
                write(lib / "shared" / file, next(tree[file] for tree in trees.values() if file in tree))
        else:
            write_apart(trees, files, lib)


def write_apart(trees: dict[str, Tree], files: set[str], lib: Path) -> None:
    """A copy for each Python; files that are the same are one on the disk, by hard links."""
    for file in sorted(files):
        first: dict[bytes, Path] = {}
        for python, tree in trees.items():
            if file not in tree:
                continue
            place = lib / python / "site-packages" / file
            if tree[file] in first and tree[file]:
                place.parent.mkdir(parents=True, exist_ok=True)
                os.link(first[tree[file]], place)
            else:
                write(place, tree[file])
                first[tree[file]] = place


def write(place: Path, content: bytes, mode: int = 0o644) -> None:
    """One file and the directories above it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    place.chmod(mode)


def write_environment(prefix: Path, pythons: list[str], project: Tree) -> None:
    """What makes a virtual environment of the tree, and the commands."""
    write(prefix / "pyvenv.cfg", b"home = /usr/bin\ninclude-system-site-packages = false\n")
    # systemd-python and picamera2 are the distribution's. What an administrator installs under /usr/local is not seen.
    paths = f"{INSTALLED}/lib/shared\n/usr/lib/python3/dist-packages\n"
    for python in pythons:
        write(prefix / "lib" / python / "site-packages" / "edge_agent.pth", paths.encode())
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python3").symlink_to("/usr/bin/python3")
    (entry_points,) = (each for each in project if each.endswith(".dist-info/entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(project[entry_points].decode())
    for name, target in sorted(parser["console_scripts"].items()):
        module, function = target.split(":")
        # -I: neither the user's packages nor PYTHONPATH nor the working directory.
        lines = [f"#!{INSTALLED}/bin/python3 -I", "import sys", "", f"from {module} import {function}", ""]
        lines += [f"sys.exit({function}())", ""]
        write(prefix / "bin" / name, "\n".join(lines).encode(), 0o755)


def main() -> None:
    """Unpack."""
    wheels, prefix = Path(sys.argv[1]), Path(sys.argv[2])
    project = unpacked(sorted((wheels / "project").glob("*.whl")))
    pythons = sorted((each.name for each in wheels.glob("python3.*")), key=lambda name: int(name.split(".")[1]))
    trees = {python: unpacked(sorted((wheels / python).glob("*.whl"))) | project for python in pythons}
    write_libraries(trees, prefix / "lib")
    write_environment(prefix, pythons, project)


if __name__ == "__main__":
    main()
