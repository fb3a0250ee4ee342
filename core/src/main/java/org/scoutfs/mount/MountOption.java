package org.scoutfs.mount;

import java.util.OptionalLong;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.NumberText;

/** Mount options that are numbers (spec 3 section 13.1, spec 5 section 7.2). Byte sizes take the suffixes K, M, G, T. */
public enum MountOption {
    DATA_PREALLOC_BLOCKS(2048, 1, (1L << 52) - 1, true, true, false),
    DATA_PREALLOC_CONTIG_ONLY(1, 0, 1, true, true, false),
    INO_ALLOC_PER_LOCK(1024, 1, 1024, true, true, false),
    LOCK_IDLE_COUNT(10_000, 32, 100_000, false, true, false),
    LOG_MERGE_WAIT_TIMEOUT_MS(500, 100, 60_000, false, true, false),
    ORPHAN_SCAN_DELAY_MS(10_000, 100, 60_000, true, true, false),
    QUORUM_HEARTBEAT_TIMEOUT_MS(10_000, 2_000, 60_000, false, true, false),
    QUORUM_SLOT_NR(-1, 0, 14, true, false, false),
    TCP_KEEPALIVE_TIMEOUT_MS(24_000, 3_001, Integer.MAX_VALUE, true, false, false),
    // what this implementation keeps in memory
    META_CACHE(256L << 20, 16L << 20, 1L << 40, false, false, true),
    ITEM_CACHE(256L << 20, 16L << 20, 1L << 40, false, false, true),
    DATA_CACHE(128L << 20, 4L << 20, 1L << 40, false, false, true);

    private final long defaultValue;
    private final long min;
    private final long max;
    private final boolean shown;
    private final boolean writable;
    private final boolean bytes;

    MountOption(long defaultValue, long min, long max, boolean shown, boolean writable, boolean bytes) {
        this.defaultValue = defaultValue;
        this.min = min;
        this.max = max;
        this.shown = shown;
        this.writable = writable;
        this.bytes = bytes;
    }

    /** The name as users write it. */
    public String optionName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    public long defaultValue() {
        return defaultValue;
    }

    /** Whether the mount's option string shows it. */
    boolean shown() {
        return shown;
    }

    /** Whether it may be changed while mounted. */
    public boolean writable() {
        return writable;
    }

    /**
     * The value of a text.
     *
     * @param what {@code option} or {@code value N}, for messages
     * @throws FsException EINVAL for what is no number and what is out of range
     */
    long parse(String text, String what) throws FsException {
        int shift = bytes ? suffixShift(text) : 0;
        String digits = shift > 0 ? text.substring(0, text.length() - 1) : text;
        OptionalLong number = NumberText.parse(digits.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        if (number.isEmpty()) {
            throw new FsException(Errno.EINVAL, "failed to parse " + optionName() + " value");
        }
        long value = number.getAsLong();
        boolean fits = value >= 0 && value <= Long.MAX_VALUE >> shift;
        if (!fits || value << shift < min || value << shift > max) {
            throw new FsException(
                    Errno.EINVAL, "invalid " + optionName() + " " + what + ", must be between " + min + " and " + max);
        }
        return value << shift;
    }

    private static int suffixShift(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        int at = "KMGT".indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        return 10 * (at + 1);
    }
}
