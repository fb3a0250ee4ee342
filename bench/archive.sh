#!/usr/bin/env bash
# Measures search among tagged files, walks of the change indexes, and what quota rules and totals cost those who create files, on a volume
# of two sparse files mounted in the benchmark's own process. Needs neither root nor FUSE.
#
#   bench/archive.sh [FILES [ROUNDS]]      default 1000000 files, 5 rounds
#
#   BENCH_DIR        where the volume lies, default: a new directory below TMPDIR or /tmp
#   BENCH_CLASSPATH  classes of the benchmark, default: bench/target as Maven made it (mvn -pl bench -am package -Dquick)
#   SCOUTFS          the command, default: ./scoutfs of this source tree
#   BENCH_PORT       UDP and TCP port on the loopback address, default 42870
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
scoutfs=${SCOUTFS:-$root/scoutfs}
java=${JAVA25_HOME:-/usr/lib/jvm/temurin-25-jdk-amd64}/bin/java
built=$root/bench/target
[[ -d $built/quick/lib ]] && built=$built/quick
classpath=${BENCH_CLASSPATH:-$(printf '%s:' "$built"/scoutfs-bench-*.jar "$built"/lib/*.jar)}

work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/scoutfs-archive.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

truncate -s 64G "$work/meta.img" "$work/data.img"
"$scoutfs" mkfs -Q "0,127.0.0.1,${BENCH_PORT:-42870}" "$work/meta.img" "$work/data.img" > /dev/null
"$java" -XX:+UseSerialGC -Xmx1g -XX:MaxDirectMemorySize=4g --enable-native-access=ALL-UNNAMED \
    -cp "$classpath" org.scoutfs.bench.ArchiveQueriesWorkload "$work/meta.img" "$work/data.img" "${1:-1000000}" "${2:-5}"
