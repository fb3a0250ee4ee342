#!/usr/bin/env bash
# Compares a scoutfs volume on two loop devices with ext4 on a third, all over the same disk, all with default options.
# Needs root, mkfs.ext4 and losetup. Arguments go to the workload; see --help. For example
#
#   bench/run.sh --files 100000 --size-mib 2048 --rounds 5
#
#   BENCH_DIR        where the loop files lie, default: a new directory below TMPDIR or /tmp
#   BENCH_CLASSPATH  classes of the benchmark, default: bench/target as Maven made it (mvn -pl bench -am package -Dquick)
#   SCOUTFS          the command, default: ./scoutfs of this source tree
#   LOOP_DIRECT_IO   on: loop devices bypass the page cache of the disk below them; default off, as losetup has it
#   BENCH_NICE       niceness of workload and daemon, such as -20 on a machine that others use too; default as the caller's
#   HALT_POLL_NS     how long an idle processor of a virtual machine polls before it halts, while this runs (Linux has 200000 by
#                    default); needs the haltpoll governor; default as the machine has it
#   EMBEDDED         if set, also a volume mounted in the benchmark's own process, on two files
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
scoutfs=${SCOUTFS:-$root/scoutfs}
java=${JAVA25_HOME:-/usr/lib/jvm/temurin-25-jdk-amd64}/bin/java
classpath=${BENCH_CLASSPATH:-$(printf '%s:' "$root"/bench/target/scoutfs-bench-*.jar "$root"/bench/target/lib/*.jar)}
direct=${LOOP_DIRECT_IO:-off}

if [[ -n ${BENCH_DIR:-} ]]; then
    work=$BENCH_DIR/scoutfs-bench.$$
    mkdir -- "$work"
else
    work=$(mktemp -d "${TMPDIR:-/tmp}/scoutfs-bench.XXXXXX")
fi
loops=()
halt_poll=/sys/module/haltpoll/parameters/guest_halt_poll_ns
halt_poll_before=

cleanup() {
    local status=$?
    set +e
    if ((status != 0)) && [[ -f $work/daemon.log ]]; then
        tail -n 20 "$work/daemon.log" >&2
    fi
    mountpoint -q "$work/ext4" && umount "$work/ext4"
    mountpoint -q "$work/scoutfs" && umount "$work/scoutfs"
    for loop in "${loops[@]}"; do
        losetup -d "$loop"
    done
    rm -rf -- "$work"
    if [[ -n $halt_poll_before ]]; then
        echo "$halt_poll_before" > "$halt_poll"
    fi
}
trap cleanup EXIT

# Makes a sparse file of size $2 named $1 and a loop device over it, named by variable $1.
loop() {
    truncate -s "$2" "$work/$1.img"
    local device
    device=$(losetup --find --show --direct-io="$direct" "$work/$1.img")
    loops+=("$device")
    printf -v "$1" %s "$device"
}

if [[ -n ${HALT_POLL_NS:-} ]]; then
    halt_poll_before=$(< "$halt_poll")
    echo "$HALT_POLL_NS" > "$halt_poll"
fi

loop ext4 64G
loop meta 64G
loop data 64G
mkdir "$work/ext4" "$work/scoutfs"

# no background zeroing of inode tables while we measure
mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$ext4"
mount -t ext4 "$ext4" "$work/ext4"

port=$((20000 + RANDOM % 20000))
"$scoutfs" mkfs -Q "0,127.0.0.1,$port" "$meta" "$data" > /dev/null
"$scoutfs" mount -o "quorum_slot_nr=0,metadev_path=$meta" --log "$work/daemon.log" "$data" "$work/scoutfs"

if [[ -n ${BENCH_NICE:-} ]]; then
    # a session is one group to the scheduler if autogroups are on, and the daemon has a session of its own
    for pid in $$ $(pgrep -f -- "-- $data $work/scoutfs\$"); do
        renice -n "$BENCH_NICE" -p "$pid" > /dev/null
        for task in /proc/"$pid"/task/*; do
            renice -n "$BENCH_NICE" -p "${task##*/}" > /dev/null
        done
        if [[ -w /proc/$pid/autogroup ]]; then
            echo "$BENCH_NICE" > "/proc/$pid/autogroup"
        fi
    done
fi

embedded=()
if [[ -n ${EMBEDDED:-} ]]; then
    truncate -s 64G "$work/embedded-meta.img" "$work/embedded-data.img"
    "$scoutfs" mkfs -Q "0,127.0.0.1,$((port + 1))" "$work/embedded-meta.img" "$work/embedded-data.img" > /dev/null
    embedded=(--embedded "$work/embedded-meta.img,$work/embedded-data.img")
fi

# the flags of the workload's JVM are those of the daemon where the engine runs in it
"$java" -XX:+UseSerialGC -Xmx1g -XX:MaxDirectMemorySize=4g --enable-native-access=ALL-UNNAMED \
    -cp "$classpath" org.scoutfs.bench.Workload \
    --dir "ext4=$work/ext4" --dir "scoutfs=$work/scoutfs" --baseline ext4 "${embedded[@]}" "$@"
