package org.scoutfs.mount;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * The options of one mount: an option string parsed, of which some values may change while mounted. Safe for all threads.
 *
 * <p>Names and ranges are the reference's; besides them this implementation knows {@code meta_cache}, {@code item_cache} and {@code
 * data_cache} (bytes of memory) {@code cache} (what the kernel may cache: none, attributes or full) and {@code transport} (how FUSE
 * requests come: auto, device or io_uring).
 */
public final class MountOptions {
    private static final Map<String, MountOption> BY_NAME = byName();

    /** Given twice they are a mistake; other options override earlier ones. */
    private static final Set<MountOption> ONCE = Set.of(MountOption.QUORUM_SLOT_NR, MountOption.ORPHAN_SCAN_DELAY_MS);

    private final Map<MountOption, Long> values = new ConcurrentHashMap<>();
    private @Nullable String metadevPath;
    private boolean acl = true;
    private boolean readOnly;
    private String kernelCache = "full";
    private String transport = "auto";

    private MountOptions() {
        for (MountOption option : MountOption.values()) {
            values.put(option, option.defaultValue());
        }
    }

    private static Map<String, MountOption> byName() {
        Map<String, MountOption> map = new HashMap<>();
        for (MountOption option : MountOption.values()) {
            map.put(option.optionName(), option);
        }
        return Map.copyOf(map);
    }

    /** All defaults: a client that is no quorum member. */
    public static MountOptions defaults() {
        return new MountOptions();
    }

    /**
     * Parses a comma separated option string, which may be empty.
     *
     * @throws FsException EINVAL naming the option, what it allows and what was found
     */
    public static MountOptions parse(String text) throws FsException {
        MountOptions options = new MountOptions();
        Set<MountOption> seen = new HashSet<>();
        for (String word : text.split(",", -1)) {
            if (!word.isEmpty()) {
                options.parseWord(word, seen);
            }
        }
        return options;
    }

    private void parseWord(String word, Set<MountOption> seen) throws FsException {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        String value = equals < 0 ? "" : word.substring(equals + 1);
        MountOption number = BY_NAME.get(name);
        if (number != null) {
            if (!seen.add(number) && ONCE.contains(number)) {
                throw new FsException(Errno.EINVAL, "multiple " + name + " options provided, only provide one.");
            }
            values.put(number, number.parse(value, "option"));
            return;
        }
        switch (name) {
            case "metadev_path" -> {
                if (value.isEmpty()) {
                    throw new FsException(
                            Errno.EINVAL, "mount option metadev_path needs the path of the metadata device");
                }
                metadevPath = value;
            }
            case "acl" -> acl = true;
            case "noacl" -> acl = false;
            case "ro" -> readOnly = true;
            case "rw" -> readOnly = false;
            case "cache" -> {
                if (!Set.of("none", "attributes", "full").contains(value)) {
                    throw new FsException(
                            Errno.EINVAL, "mount option cache=" + value + " is not one of none, attributes, full");
                }
                kernelCache = value;
            }
            case "transport" -> {
                if (!Set.of("auto", "device", "io_uring").contains(value)) {
                    throw new FsException(
                            Errno.EINVAL, "mount option transport=" + value + " is not one of auto, device, io_uring");
                }
                transport = value;
            }
            default ->
                throw new FsException(
                        Errno.EINVAL,
                        "Unknown or malformed option, \"" + word + "\"; 'scoutfs mount --help' lists the options");
        }
    }

    /** The present value of a number. */
    public long get(MountOption option) {
        return Objects.requireNonNull(values.get(option));
    }

    int getInt(MountOption option) {
        return (int) get(option);
    }

    /**
     * Changes an option while mounted.
     *
     * @throws FsException EINVAL if it may not change or the value is not allowed; the old value stays
     */
    public void set(MountOption option, String value) throws FsException {
        if (!option.writable()) {
            throw new FsException(Errno.EINVAL, "mount option " + option.optionName() + " cannot change while mounted");
        }
        values.put(option, option.parse(value, "value " + value));
    }

    /** Path of the metadata device if the option string named one. */
    public @Nullable String metadevPath() {
        return metadevPath;
    }

    public boolean acl() {
        return acl;
    }

    public boolean readOnly() {
        return readOnly;
    }

    /** auto, device or io_uring: how the requests of a FUSE mount come from the kernel. */
    public String transport() {
        return transport;
    }

    /** none, attributes or full: what the kernel may cache of a FUSE mount. */
    public String kernelCache() {
        return kernelCache;
    }

    /** Whether the mount may be elected; otherwise it is a client only. */
    public boolean isQuorumMember() {
        return get(MountOption.QUORUM_SLOT_NR) >= 0;
    }

    /** The options as mount tables show them (spec 5 section 7.4): {@code acl} first, then in alphabetical order. */
    public String shown(String metadev) {
        Map<String, String> words = new TreeMap<>();
        for (MountOption option : MountOption.values()) {
            if (option.shown() && !(option == MountOption.QUORUM_SLOT_NR && !isQuorumMember())) {
                words.put(option.optionName(), Long.toString(get(option)));
            }
        }
        words.put("metadev_path", metadev);
        if (!acl) {
            words.put("noacl", "");
        }
        StringBuilder text = new StringBuilder(readOnly ? "ro" : "rw").append(acl ? ",acl" : "");
        words.forEach((name, value) -> text.append(',').append(name).append(value.isEmpty() ? "" : "=" + value));
        return text.toString();
    }

    @Override
    public String toString() {
        return shown(metadevPath == null ? "" : metadevPath).toLowerCase(Locale.ROOT);
    }
}
