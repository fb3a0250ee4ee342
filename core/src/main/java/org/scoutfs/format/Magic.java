package org.scoutfs.format;

/** Block types as stored in {@link BlockHeader}, spec 1 section 3.1. */
public final class Magic {
    public static final int SUPER = 0x103c428b;
    public static final int QUORUM = 0xbc310868;
    public static final int BTREE = 0xe597f96d;
    public static final int ALLOC_LIST = 0x8a93ac83;
    public static final int BLOOM = 0x31995604;
    public static final int SRCH_BLOCK = 0x897e4a7d;
    public static final int SRCH_PARENT = 0xb23a2a05;

    private Magic() {}

    /** The type's name for messages, or the number in hexadecimal. */
    public static String name(int magic) {
        return switch (magic) {
            case SUPER -> "super";
            case QUORUM -> "quorum";
            case BTREE -> "btree";
            case ALLOC_LIST -> "alloc list";
            case BLOOM -> "bloom";
            case SRCH_BLOCK -> "srch block";
            case SRCH_PARENT -> "srch parent";
            default -> "0x%08x".formatted(magic);
        };
    }
}
