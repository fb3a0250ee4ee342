package org.scoutfs.app.mkfs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Le;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;

/** What a device holds already, so that mkfs does not destroy it by mistake: the signatures of common file systems and tables. */
final class Signatures {
    private record Signature(String name, boolean isTable, int offset, byte[] bytes) {
        Signature(String name, boolean isTable, int offset, String text) {
            this(name, isTable, offset, text.getBytes(StandardCharsets.ISO_8859_1));
        }

        boolean in(MemorySegment start) {
            return offset + bytes.length <= start.byteSize()
                    && MemorySegment.mismatch(
                                    start, offset, offset + bytes.length, MemorySegment.ofArray(bytes), 0, bytes.length)
                            < 0;
        }
    }

    /** The first of these that matches names the contents. */
    private static final List<Signature> KNOWN = List.of(
            new Signature("gpt", true, 512, "EFI PART"),
            new Signature("xfs", false, 0, "XFSB"),
            new Signature("ext4", false, 1024 + 56, "S\u00ef"),
            new Signature("btrfs", false, 0x10040, "_BHRfS_M"),
            new Signature("swap", false, 4086, "SWAPSPACE2"),
            new Signature("LVM2_member", false, 512, "LABELONE"),
            new Signature("crypto_LUKS", false, 0, "LUKS\u00ba\u00be"),
            new Signature("ntfs", false, 3, "NTFS    "),
            new Signature("vfat", false, 82, "FAT32"),
            new Signature("gfs2", false, 0x10000, "\u0001\u0016\u0019p"),
            new Signature("iso9660", false, 0x8001, "CD001"),
            new Signature("squashfs", false, 0, "hsqs"),
            new Signature("dos", true, 510, "U\u00aa"));

    private static final int START_BYTES = 128 << 10;

    private Signatures() {}

    /** @throws FsException EINVAL for a scoutfs volume, EPERM for anything else that is known; the message names it */
    static void checkEmpty(BlockDevice device) throws FsException, IOException {
        try (Arena arena = Arena.ofConfined()) {
            long length = Math.min(START_BYTES, device.sizeBytes() / BlockDevice.ALIGNMENT * BlockDevice.ALIGNMENT);
            MemorySegment start = arena.allocate(length, BlockDevice.ALIGNMENT);
            device.read(0, start);
            if (length > VolumeLayout.SUPER_OFFSET
                    && BlockHeader.magic(start, VolumeLayout.SUPER_OFFSET) == Magic.SUPER) {
                throw new FsException(
                        Errno.EINVAL,
                        device.name()
                                + ": appears to contain an existing ScoutFS superblock; use --force to overwrite it");
            }
            Signature found = find(start);
            if (found != null) {
                throw new FsException(
                        Errno.EPERM,
                        device.name() + ": appears to contain "
                                + (found.isTable()
                                        ? "a partition table (" + found.name() + ")"
                                        : "an existing " + found.name() + " superblock")
                                + "; use --force to overwrite it");
            }
        }
    }

    private static @Nullable Signature find(MemorySegment start) {
        for (Signature signature : KNOWN) {
            if (signature.in(start) && !(signature.name().equals("dos") && !hasPartition(start))) {
                return signature;
            }
        }
        return null;
    }

    /** A boot signature alone is no table: at least one of four entries must have a type. */
    private static boolean hasPartition(MemorySegment start) {
        for (int entry = 0; entry < 4; entry++) {
            if (Le.u8(start, 446 + 16L * entry + 4) != 0) {
                return true;
            }
        }
        return false;
    }
}
