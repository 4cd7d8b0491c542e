"""An SQLite file on another machine's disk is refused; every local folder is welcome."""

from pathlib import Path

import pytest

from bot.store.errors import CannotOpen
from bot.store.mounts import refuse_shared_folder

LOCAL = "/dev/sda1 / ext4 rw 0 0\n"


def mounts(tmp_path: Path, lines: str) -> Path:
    path = tmp_path / "mounts"
    path.write_text(LOCAL + lines)
    return path


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"])
def test_a_network_file_system_is_refused_with_the_way_out(tmp_path: Path, kind: str) -> None:
    with pytest.raises(CannotOpen, match=rf"{kind}.*DATABASE_URL=postgresql://"):
        refuse_shared_folder(Path("/data/app"), mounts(tmp_path, f"host:/x /data {kind} rw 0 0\n"))


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "tmpfs /data tmpfs rw 0 0\n",
        "host:/x /other nfs rw 0 0\n",
        "host:/x /data/ap nfs rw 0 0\n",  # not a folder above /data/app, only the start of its name
        "host:/x /data nfs rw 0 0\n/dev/sdb /data/app ext4 rw 0 0\n",  # a local disk inside
        "host:/x /data nfs rw 0 0\n/dev/sdb /data ext4 rw 0 0\n",  # mounted over
        "overlay /data overlay rw 0 0\n",
    ],
)
def test_a_local_folder_is_welcome(tmp_path: Path, lines: str) -> None:
    refuse_shared_folder(Path("/data/app"), mounts(tmp_path, lines))


def test_a_mount_point_with_a_blank_in_its_name_is_understood(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen):
        refuse_shared_folder(Path("/my data/app"), mounts(tmp_path, "host:/x /my\\040data nfs rw 0 0\n"))


def test_a_link_into_a_network_file_system_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    with pytest.raises(CannotOpen):
        refuse_shared_folder(tmp_path / "near", mounts(tmp_path, f"host:/x {tmp_path / 'far'} nfs rw 0 0\n"))


def test_where_no_mounts_are_told_nothing_is_refused(tmp_path: Path) -> None:
    refuse_shared_folder(Path("/data"), tmp_path / "nothing")
