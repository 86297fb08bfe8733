# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""OpenSSH, both ends, with keys: a command, and bytes through its pipes."""
import contextlib
import hashlib
import os

from programs import on_lo, program

# The machine has no user "sshd" and root may have no password: /etc as sshd wants it.
START = """
set -e
sed 's/^root:[^:]*:/root:*:/; /^sshd:/d' /etc/passwd >passwd
echo 'sshd:x:74:65534::/run/sshd:/usr/sbin/nologin' >>passwd
echo 'root:*:19000:0:99999:7:::' >shadow
mount --bind passwd /etc/passwd
mount --bind shadow /etc/shadow
mount -t tmpfs tmpfs /run
mkdir /run/sshd
exec "$@"
"""

OPTIONS = ["UsePAM=no", "StrictModes=no", "PermitRootLogin=prohibit-password", "PidFile=none",
           "UseDNS=no", "KbdInteractiveAuthentication=no", "PasswordAuthentication=no"]


def options(*settings):
    return [word for setting in settings for word in ("-o", setting)]


@contextlib.contextmanager
def sshd(ends):
    """A server at port 2222; yields the words in front of a command for it."""
    binary = program("sshd")
    home = ends.server.folder
    key = ends.client.folder + "/key"
    ends.client.plain("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).check()
    ends.server.plain("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home + "/host").check()
    public = ends.client.plain("cat", key + ".pub").check().raw
    allowed = ends.write(ends.server, "allowed", public)
    with ends.serving("unshare", "--mount", "sh", "-c", f"cd {home}; {START}", "sh", binary, "-D",
                      "-e", "-f", "/dev/null", "-p", 2222,
                      *options(f"ListenAddress={ends.address}", f"HostKey={home}/host",
                               f"AuthorizedKeysFile={allowed}", *OPTIONS), port=2222):
        yield [program("ssh"), "-F", "/dev/null", "-i", key, "-p", "2222",
               *options("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                        "BatchMode=yes", "LogLevel=ERROR"), "root@" + ends.address]


@on_lo
def test_ssh_runs_a_command(ends):
    with sshd(ends) as ssh:
        done = ends.client.run(*ssh, "echo $SSH_CONNECTION; exit 7")
    assert done.rc == 7, done.err
    addresses = done.out.split()
    assert addresses[0] == ends.client.address
    assert addresses[2:] == [ends.address, "2222"]
    assert min(ends.sent(), ends.received()) > 1000


def test_ssh_carries_a_megabyte(ends):
    data = os.urandom(1 << 20)
    digest = hashlib.sha256(data).hexdigest()
    with sshd(ends) as ssh:
        there = ends.client.run(*ssh, "sha256sum", input=data).check()
        back = ends.client.run(*ssh, "cat", input=data).check()
    assert there.out.split()[0] == digest
    assert hashlib.sha256(back.raw).hexdigest() == digest
    assert ends.sent() + ends.received() >= 3 * len(data)
