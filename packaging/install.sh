#!/usr/bin/env bash
# Installs the built scoutfs command, the helpers of mount(8) and umount(8), the fence agent with its scripts and unit, manual pages,
# completion, and the header of the ioctls: at the paths of the reference's packages.
#
#   packaging/install.sh PREFIX     for instance /usr or /usr/local
#   DESTDIR                         put in front of everything, for making packages
set -euo pipefail

[[ $# -eq 1 && $1 == /* ]] || { echo 'usage: install.sh PREFIX    (absolute, for instance /usr)' >&2; exit 1; }
prefix=${1%/}
dest=${DESTDIR:-}$prefix
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

jar=
for candidate in "$root"/app/target/scoutfs-app-*.jar "$root"/app/target/quick/scoutfs-app-*.jar; do
    case $candidate in
        *-tests.jar | *-sources.jar | *-javadoc.jar) ;;
        *) if [[ -f $candidate && $candidate -nt $jar ]]; then jar=$candidate; fi ;;
    esac
done
[[ -n $jar ]] || { echo "not built yet: run '$root/scoutfs --version' once, or 'mvn package'" >&2; exit 1; }

home=$dest/lib/scoutfs
install -d "$home/app/target/lib" "$dest/bin" "$dest/sbin"
rm -f -- "$home"/app/target/*.jar "$home"/app/target/lib/*.jar
install -m 644 "$jar" "$home/app/target/"
install -m 644 "${jar%/*}"/lib/*.jar "$home/app/target/lib/"
install -m 755 "$root/scoutfs" "$home/scoutfs"
ln -sfn ../lib/scoutfs/scoutfs "$dest/bin/scoutfs"
# where the reference's package has it
ln -sfn ../lib/scoutfs/scoutfs "$dest/sbin/scoutfs"
install -m 755 "$root/packaging/scoutfs-sysfs-shadow" "$dest/sbin/scoutfs-sysfs-shadow"

for helper in mount.scoutfs umount.fuse.scoutfs; do
    sed "s|@SCOUTFS@|$prefix/bin/scoutfs|" "$root/packaging/$helper" > "$dest/sbin/$helper"
    chmod 755 "$dest/sbin/$helper"
done
ln -sfn mount.scoutfs "$dest/sbin/mount.fuse.scoutfs"
ln -sfn mount.scoutfs "$dest/sbin/mount.fuseblk.scoutfs"
ln -sfn umount.fuse.scoutfs "$dest/sbin/umount.fuseblk.scoutfs"

agent=$dest/libexec/scoutfs-fenced
# Under /usr the configuration belongs into /etc, where the agent looks for it.
case $prefix in
    /usr | /usr/local) etc=${DESTDIR:-}/etc ;;
    *) etc=$dest/etc ;;
esac
install -d "$agent" "$dest/lib/systemd/system" "$dest/share/doc/scoutfs" "$etc/scoutfs"
install -m 755 "$root"/packaging/fence/* "$agent/"
# The scripts, the unit and the example name the agent's directory as it is under /usr.
sed "s|@SCOUTFS@|$prefix/bin/scoutfs|" "$root/packaging/scoutfs-fenced" > "$agent/scoutfs-fenced"
chmod 755 "$agent/scoutfs-fenced"
sed -i "s|/usr/libexec|$prefix/libexec|" "$agent"/fence-*
sed "s|/usr/libexec|$prefix/libexec|; s|/usr/share|$prefix/share|" "$root/packaging/scoutfs-fenced.service" \
    > "$dest/lib/systemd/system/scoutfs-fenced.service"
sed "s|/usr/libexec|$prefix/libexec|" "$root/docs/operations.md" > "$dest/share/doc/scoutfs/operations.md"
sed "s|/usr/libexec|$prefix/libexec|" "$root/packaging/scoutfs-fenced.conf.example" > "$etc/scoutfs/scoutfs-fenced.conf.example"

# Both come from the command's own model.
man=$dest/share/man
completions=$dest/share/bash-completion/completions
install -d "$man/man5" "$man/man7" "$man/man8" "$completions"
for page in "$root"/packaging/man/*.[578]; do
    install -m 644 "$page" "$man/man${page##*.}/"
done
"$home/scoutfs" man-page > "$man/man8/scoutfs.8"
"$home/scoutfs" completion bash > "$completions/scoutfs"
# what these two runs have left for the next one is of this place
rm -f -- "$home"/app/target/*.jsa

echo "installed $prefix/bin/scoutfs, the helpers in $prefix/sbin, the fence agent in $prefix/libexec/scoutfs-fenced"
if [[ -z ${DESTDIR:-} && $(readlink -f -- "$prefix/sbin") != "$(readlink -f -- /sbin)" ]]; then
    echo "mount(8) looks for helpers in /sbin only; for 'mount -t scoutfs' link them there:"
    echo "  ln -s $prefix/sbin/{mount.scoutfs,mount.fuse.scoutfs,mount.fuseblk.scoutfs,umount.fuse.scoutfs,umount.fuseblk.scoutfs} /sbin/"
fi
