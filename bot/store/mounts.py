"""Refuses an SQLite file where its locks do not hold: on a file system of another machine (fault S6)."""

from pathlib import Path

from bot.store.errors import CannotOpen

#: File systems that other machines may write to. SQLite's own advice: https://www.sqlite.org/howtocorrupt.html §2.1;
#: WAL needs shared memory, so all its processes must be on one machine: https://www.sqlite.org/wal.html.
_SHARED = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "glusterfs",
    "beegfs",
    "gfs2",
    "ocfs2",
}
_SHARED_BY_FUSE = ("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph", "fuse.davfs")

MOUNTS = Path("/proc/mounts")


def refuse_shared_folder(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raises CannotOpen if `folder` is on a network file system. Where there is no `mounts`, nothing is known."""
    if not mounts.exists():
        return
    point, kind = _mount_of(folder.resolve(), mounts.read_text(errors="surrogateescape"))
    if kind in _SHARED or kind.startswith(_SHARED_BY_FUSE):
        raise CannotOpen(
            f"{folder} is on a network file system ({kind}, mounted at {point}), where SQLite loses data; "
            "put the file on a local disk, or set DATABASE_URL=postgresql://…"
        )


def _mount_of(folder: Path, mounts: str) -> tuple[str, str]:
    """The innermost mount point that holds `folder`, and its type. Of two at one point the later one counts."""
    best = ("/", "")
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        # proc(5): blanks and backslashes in a path stand there as octal escapes.
        point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        if folder.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, kind)
    return best
