"""The intake benchmark: what does it cost to have a delivery on the disk before it is answered?

    python tests/bench/intake.py [--seconds 2] [--rounds 5] [--connections 32] [--added-sync-ms 0]

One server process for each kind (see intake_servers.py), one load generator; the kinds take turns in every round, so
that a busy machine is busy for all of them. Compare the ratios, not the absolute figures.

Syncs are counted as commits of the SQLite writer, which makes one fdatasync of its log for each; with `--syncs` (or
`--added-sync-ms`) the servers run under strace, which counts, and delays, the real fsync and fdatasync calls.
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KINDS = ("durable", "each", "bare")
START = 60.0  # seconds that a server may need to start, and to stop
STEADY = 200.0  # deliveries per second of the last run


@dataclass
class Server:
    """A server process under load, and what was measured of it."""

    kind: str
    process: subprocess.Popen[str]
    port: int
    trace: Path | None
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)  # ms
    sent: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    def load(self, seconds: float, connections: int, rate: float = 0.0) -> dict[str, Any]:
        argv = [sys.executable, "-m", "tests.bench.intake_load", str(self.port)]
        argv += ["--seconds", str(seconds), "--connections", str(connections), "--rate", str(rate)]
        done = subprocess.run(argv, stdout=subprocess.PIPE, cwd=ROOT, check=True, timeout=seconds + START)
        result: dict[str, Any] = json.loads(done.stdout)
        self.sent += result["sent"]
        return result

    def flat_out(self, seconds: float, connections: int) -> None:
        result = self.load(seconds, connections)
        self.rates.append(result["sent"] / result["seconds"])
        self.latencies += result["ms"]


@contextmanager
def serving(kind: str, folder: Path, given: argparse.Namespace) -> Iterator[Server]:
    """A server of that kind for as long as the block lasts; then its own figures are read."""
    argv = [sys.executable, "-m", "tests.bench.intake_servers", kind, f"sqlite:///{folder / kind}.db"]
    trace = folder / f"{kind}.strace" if given.syncs or given.added_sync_ms else None
    if trace:
        argv = [*_strace(trace, given.added_sync_ms), *argv]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert process.stdout
    try:
        server = Server(kind, process, int(process.stdout.readline()), trace)
        yield server
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=START)
        server.figures = json.loads(out)
        if trace:
            server.figures["syncs"] = sum("sync(" in line for line in trace.read_text().splitlines())
    finally:
        process.kill()
        process.wait()


def _strace(trace: Path, added_ms: float) -> list[str]:
    if shutil.which("strace") is None:
        raise SystemExit("--syncs and --added-sync-ms need strace on the PATH")
    # -I 2 lets SIGTERM through to the server, --seccomp-bpf leaves all other system calls at full speed.
    argv = ["strace", "-f", "-qqq", "-I", "2", "--seccomp-bpf", "-o", str(trace), "-e", "trace=fsync,fdatasync"]
    if added_ms:
        argv += ["-e", f"inject=fsync,fdatasync:delay_exit={int(added_ms * 1000)}"]
    return argv


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def report(servers: dict[str, Server], steady: list[float]) -> None:
    print(f"{'':9} {'deliveries/s':>13} {'p50 ms':>8} {'p99 ms':>8} {'syncs each':>11} {'MiB':>6} {'CPU ms each':>12}")
    for kind, server in servers.items():
        figures = server.figures
        syncs = figures.get("syncs", figures.get("commits", 0)) / server.sent
        print(
            f"{kind:9} {statistics.median(server.rates):13.0f} {percentile(server.latencies, 0.5):8.1f}"
            f" {percentile(server.latencies, 0.99):8.1f} {syncs:11.3f} {figures['mib']:6.0f}"
            f" {figures['cpu'] * 1000 / server.sent:12.3f}"
        )
    durable = servers["durable"].rates
    for kind in ("each", "bare"):
        ratios = [ours / theirs for ours, theirs in zip(durable, servers[kind].rates, strict=True)]
        print(f"durable is {statistics.median(ratios):.2f} x {kind} (rounds: {min(ratios):.2f} to {max(ratios):.2f})")
    p50, p99 = percentile(steady, 0.5), percentile(steady, 0.99)
    print(f"durable at a steady {STEADY:.0f}/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--syncs", action="store_true", help="count the real system calls with strace")
    parser.add_argument("--added-sync-ms", type=float, default=0.0, help="make every sync slower, as a cloud volume is")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        with ExitStack() as stack:
            servers = {kind: stack.enter_context(serving(kind, Path(name), given)) for kind in KINDS}
            for server in servers.values():
                server.load(0.5, given.connections)  # warm
            for _ in range(given.rounds):
                for server in servers.values():
                    server.flat_out(given.seconds, given.connections)
            steady = servers["durable"].load(given.seconds * 2, given.connections, STEADY)["ms"]
        report(servers, steady)


if __name__ == "__main__":
    main()
