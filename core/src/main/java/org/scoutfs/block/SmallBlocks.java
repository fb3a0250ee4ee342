package org.scoutfs.block;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;

/** Reads and writes blocks of 4096 bytes at fixed places of the metadata device. Safe for all threads. */
final class SmallBlocks {
    /** Storage that is not atomic over 4 KiB may show a block in the middle of a write; the writer is not slower than this. */
    private static final int READ_ATTEMPTS = 5;

    private static final long READ_PAUSE_NANOS = 10_000_000L;

    private final MetaDevice device;

    SmallBlocks(MetaDevice device) {
        this.device = device;
    }

    /**
     * The verified bytes of a block. A wrong checksum is read again a few times.
     *
     * @throws CorruptionException if checksum, magic or number are wrong
     */
    MemorySegment read(long blkno, int magic) throws FsException {
        MemorySegment block = buffer();
        for (int attempt = 1; ; attempt++) {
            device.checkForced();
            try {
                device.read(VolumeLayout.smallOffset(blkno), block);
            } catch (IOException e) {
                throw MetaDevice.failed(e);
            }
            if (BlockHeader.crcMatches(block, 0, VolumeLayout.SMALL_BLOCK_SIZE)) {
                break;
            }
            if (attempt == READ_ATTEMPTS) {
                throw new CorruptionException(Magic.name(magic) + " block " + blkno + ": checksum does not match, read "
                        + attempt + " times");
            }
            pause();
        }
        if (BlockHeader.magic(block, 0) != magic) {
            throw new CorruptionException(
                    Magic.name(magic) + " block " + blkno + ": type is " + Magic.name(BlockHeader.magic(block, 0)));
        }
        if (BlockHeader.blkno(block, 0) != blkno) {
            throw new CorruptionException(Magic.name(magic) + " block " + blkno + ": says it is block "
                    + Long.toUnsignedString(BlockHeader.blkno(block, 0)));
        }
        return block;
    }

    /** Writes a sealed block and returns when it is stable. */
    void write(long blkno, MemorySegment block) throws FsException {
        device.checkForced();
        try {
            device.write(VolumeLayout.smallOffset(blkno), block);
        } catch (IOException e) {
            throw MetaDevice.failed(e);
        }
        device.flush();
    }

    static MemorySegment buffer() {
        return Arena.ofAuto().allocate(VolumeLayout.SMALL_BLOCK_SIZE, BlockDevice.ALIGNMENT);
    }

    private void pause() throws FsException {
        try {
            device.host().clock().sleep(READ_PAUSE_NANOS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while reading a block again", e);
        }
    }
}
