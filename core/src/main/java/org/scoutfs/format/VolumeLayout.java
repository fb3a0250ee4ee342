package org.scoutfs.format;

/** Block sizes and fixed places of a volume's two devices, spec 1 sections 2, 12.1 and 19. */
public final class VolumeLayout {
    /** Bytes of a small block: super block, quorum blocks, the data device's unit. */
    public static final int SMALL_BLOCK_SIZE = 4096;

    public static final int SMALL_BLOCK_SHIFT = 12;
    /** Bytes of a large block: all other metadata. */
    public static final int LARGE_BLOCK_SIZE = 65536;

    public static final int LARGE_BLOCK_SHIFT = 16;

    /** Small block number of the super block, on both devices. */
    public static final long SUPER_BLKNO = 16;
    /** Small block number of quorum slot 0's block, metadata device. */
    public static final long QUORUM_BLKNO = 17;
    /** Quorum slots and quorum blocks. */
    public static final int QUORUM_SLOTS = 15;
    /** First large block number that trees, lists and free space may use. */
    public static final long FIRST_META_BLKNO = 2;
    /** First small block number on the data device that file contents may use. */
    public static final long FIRST_DATA_BLKNO = 64;

    /** Byte offset of the super block on both devices. */
    public static final long SUPER_OFFSET = SUPER_BLKNO << SMALL_BLOCK_SHIFT;

    /** {@code f_type} that statfs reports. */
    public static final int STATFS_MAGIC = 0x554f4353;

    public static final long FORMAT_VERSION_MIN = 1;
    public static final long FORMAT_VERSION_MAX = 2;

    /** Inode number of the root directory. */
    public static final long ROOT_INO = 1;
    /** {@code next_ino} of an empty volume. */
    public static final long FIRST_INO = 1024;
    /** Inode numbers, or sequence numbers of an index, that one cluster lock covers. */
    public static final int LOCK_GROUP_SIZE = 1024;

    public static final int LOCK_GROUP_SHIFT = 10;

    private VolumeLayout() {}

    /** Byte offset on the metadata device of the large block {@code blkno}. */
    public static long largeOffset(long blkno) {
        return blkno << LARGE_BLOCK_SHIFT;
    }

    /** Byte offset of the small block {@code blkno}. */
    public static long smallOffset(long blkno) {
        return blkno << SMALL_BLOCK_SHIFT;
    }

    /** Small block number of the quorum block of {@code slot}, 0..14. */
    public static long quorumBlkno(int slot) {
        return QUORUM_BLKNO + slot;
    }
}
