package org.scoutfs.format;

import java.util.List;
import java.util.Optional;

/** File type in a directory entry, spec 1 section 12.4; the stored number is the {@link #code}. */
public enum DirentType {
    FIFO(0, 0010000),
    CHAR_DEVICE(1, 0020000),
    DIRECTORY(2, 0040000),
    BLOCK_DEVICE(3, 0060000),
    REGULAR(4, 0100000),
    SYMLINK(5, 0120000),
    SOCKET(6, 0140000),
    /** Known to the format, never written. */
    WHITEOUT(7, 0160000);

    /** Bits of {@code st_mode} that hold the file type. */
    public static final int MODE_MASK = 0170000;

    private static final List<DirentType> BY_CODE = List.of(values());

    private final int code;
    private final int modeBits;

    DirentType(int code, int modeBits) {
        this.code = code;
        this.modeBits = modeBits;
    }

    /** Number stored in a {@link Dirent}, 0..7. */
    public int code() {
        return code;
    }

    /** File type bits of {@code st_mode}. */
    public int modeBits() {
        return modeBits;
    }

    /** {@code d_type} of readdir and of FUSE directory entries. */
    public int readdirType() {
        return modeBits >>> 12;
    }

    /** The type stored as {@code code}, empty if there is none. */
    public static Optional<DirentType> ofCode(int code) {
        return code >= 0 && code < BY_CODE.size() ? Optional.of(BY_CODE.get(code)) : Optional.empty();
    }

    /** The type of an {@code st_mode}, empty if its type bits mean nothing. Permission bits are ignored. */
    public static Optional<DirentType> ofMode(int mode) {
        for (DirentType type : BY_CODE) {
            if (type.modeBits == (mode & MODE_MASK)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
