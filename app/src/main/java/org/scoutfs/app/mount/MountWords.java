package org.scoutfs.app.mount;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The words of an {@code -o} string apart: flags of mount(2), words that only mount(8) understands, and the rest, which is ours.
 *
 * @param flags MS_ flags
 * @param options comma separated, for {@link org.scoutfs.mount.MountOptions#parse}
 */
record MountWords(long flags, String options) {
    private static final long MS_RDONLY = 1;
    private static final long MS_NOSUID = 2;
    private static final long MS_NODEV = 4;
    private static final long MS_NOEXEC = 8;
    private static final long MS_SYNCHRONOUS = 16;
    private static final long MS_DIRSYNC = 128;
    private static final long MS_NOATIME = 1024;
    private static final long MS_NODIRATIME = 2048;
    private static final long MS_RELATIME = 1L << 21;
    private static final long MS_STRICTATIME = 1L << 24;

    private static final Map<String, Long> SET = Map.of(
            "ro", MS_RDONLY,
            "nosuid", MS_NOSUID,
            "nodev", MS_NODEV,
            "noexec", MS_NOEXEC,
            "sync", MS_SYNCHRONOUS,
            "dirsync", MS_DIRSYNC,
            "noatime", MS_NOATIME,
            "nodiratime", MS_NODIRATIME,
            "relatime", MS_RELATIME,
            "strictatime", MS_STRICTATIME);

    private static final Map<String, Long> CLEAR = Map.of(
            "rw", MS_RDONLY,
            "suid", MS_NOSUID,
            "dev", MS_NODEV,
            "exec", MS_NOEXEC,
            "async", MS_SYNCHRONOUS,
            "atime", MS_NOATIME,
            "diratime", MS_NODIRATIME,
            "norelatime", MS_RELATIME,
            "nostrictatime", MS_STRICTATIME);

    /** Words for mount(8), fstab and init systems, which reach helpers too. */
    private static final List<String> IGNORED = List.of(
            "defaults",
            "auto",
            "noauto",
            "nofail",
            "_netdev",
            "user",
            "nouser",
            "users",
            "owner",
            "group",
            "silent",
            "loud");

    private static final List<String> IGNORED_PREFIXES = List.of("x-", "comment=", "uhelper=", "helper=", "user=");

    static MountWords split(List<String> texts) {
        long flags = 0;
        List<String> options = new ArrayList<>();
        for (String text : texts) {
            for (String word : text.split(",", -1)) {
                Long set = SET.get(word);
                Long clear = CLEAR.get(word);
                if (set != null) {
                    flags |= set;
                } else if (clear != null) {
                    flags &= ~clear;
                }
                boolean ours = set == null && clear == null || word.equals("ro") || word.equals("rw");
                if (ours && !word.isEmpty() && !isIgnored(word)) {
                    options.add(word);
                }
            }
        }
        return new MountWords(flags, String.join(",", options));
    }

    /** The words that give these flags. */
    static List<String> flagWords(long flags) {
        return SET.entrySet().stream()
                .filter(entry -> (flags & entry.getValue()) != 0)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static boolean isIgnored(String word) {
        return IGNORED.contains(word) || IGNORED_PREFIXES.stream().anyMatch(word::startsWith);
    }
}
