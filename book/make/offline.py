"""Run a command with the network cut off, and show that it is.

    python book/make/offline.py COMMAND...

On Linux the command runs in a network namespace of its own, which has no way out but the loopback that
Jupyter's kernels need (made with ``unshare``; as root, or as a user where the system lets users make
namespaces). Elsewhere proxies that lead nowhere and pip's own switch stand in for it, which is weaker:
the first line that is printed says which of the two it was.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys

OUTSIDE = ("192.0.2.1", 443)  # an address for documentation: nothing answers there
PROBES = (("1.1.1.1", 443), ("9.9.9.9", 443))


def namespace() -> list[str] | None:
    """Return the words that put a command in a network namespace of its own, or None."""
    for words in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        try:
            if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
                return words
        except OSError:
            return None
    return None


def raise_loopback() -> None:
    """Switch on the loopback of this namespace: it is down in a new one."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(one, 0x8913, request))[1]  # SIOCGIFFLAGS
        fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))  # SIOCSIFFLAGS, up


def reached() -> list[str]:
    """Return which of some well-known hosts can be reached from here; none is what is wanted."""
    found = []
    for host, port in PROBES:
        try:
            socket.create_connection((host, port), timeout=3).close()
            found.append(host)
        except OSError:
            pass
    return found


def main() -> int:
    if sys.argv[1:2] == ["--inside"]:
        raise_loopback()
        interfaces = [name for _, name in socket.if_nameindex()]
        print(f"network: cut off by a namespace; interfaces: {interfaces}; reached: {reached()}", flush=True)
        if interfaces != ["lo"] or reached():
            return 3
        os.execvp(sys.argv[2], sys.argv[2:])
    words = namespace()
    if words is not None:
        return subprocess.run([*words, sys.executable, __file__, "--inside", *sys.argv[1:]]).returncode
    print("network: not cut off here; proxies that lead nowhere and PIP_NO_INDEX stand in for it", flush=True)
    nowhere = "http://{}:{}".format(*OUTSIDE)
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere)
    return subprocess.run(sys.argv[1:], env={**os.environ, **proxies, "PIP_NO_INDEX": "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
