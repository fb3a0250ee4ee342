package org.scoutfs.fs.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.ArchiveContents.Source;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;

/**
 * Brings archived bytes back (spec 4 section 10.3), in pieces. Each is gathered with nothing held, since the source may be a mapping of a file of
 * this mount, and then written under the inode's locks, if the file still has the version it had.
 */
final class Staging {
    private final DataContext data;
    private final Truncation truncation;

    Staging(DataContext data, Truncation truncation) {
        this.data = data;
        this.truncation = truncation;
    }

    /** @return bytes staged; if there are any, an error that came after them is not heard of */
    int stage(Inode inode, long dataVersion, long offset, int length, Source source) throws FsException {
        FileWriter.StageCheck check = item -> check(item, dataVersion, offset, length);
        writer(inode, offset, MemorySegment.NULL).stage(check);
        int done = 0;
        int most = FileWriter.PIECE_BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.min(length, most), DataIo.BLOCK);
            while (done < length) {
                MemorySegment part = piece.asSlice(0, Math.min(length - done, most));
                try {
                    source.read(done, part);
                } catch (FsException e) {
                    if (most == DataIo.BLOCK) {
                        throw e;
                    }
                    // What lies before the bad place can be staged.
                    most = DataIo.BLOCK;
                    continue;
                }
                int taken = writer(inode, offset + done, part).stage(check);
                done += taken;
                if (taken < part.byteSize()) {
                    // the rest fails again and then says why
                    most = DataIo.BLOCK;
                }
            }
        } catch (FsException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    private FileWriter writer(Inode inode, long offset, MemorySegment piece) {
        return new FileWriter(FileWriter.Purpose.STAGE, data, truncation, inode, Modes.O_RDWR, offset, piece, false);
    }

    private static void check(InodeItem item, long dataVersion, long offset, int length) throws FsException {
        long end = offset + length;
        if (!Modes.isRegular(item.mode())
                || Long.compareUnsigned(end, item.size()) > 0
                || (end & (DataIo.BLOCK - 1)) != 0 && end != item.size()) {
            throw new FsException(Errno.EINVAL);
        }
        if (item.dataVersion() != dataVersion) {
            throw new FsException(Errno.ESTALE);
        }
    }
}
