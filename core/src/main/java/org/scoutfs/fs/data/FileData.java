package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.ArchiveContents;
import org.scoutfs.fs.ExtendedAttributes;
import org.scoutfs.fs.FileContents;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.PageFill;
import org.scoutfs.fs.QuotaCheck;
import org.scoutfs.lock.LockMode;
import org.scoutfs.trans.DirtyData;

/**
 * The contents of all files of one mount (spec 4 section 8). Closed by who made it, after the last commit and before the devices.
 */
public final class FileData implements FileContents, AutoCloseable {
    private static final int IO_THREADS = 4;

    private final DataContext data;
    private final FileReader reader;
    private final Truncation truncation;
    private final Fallocation fallocation;
    private final Archive archive;

    /** @param device the data device; stays the caller's */
    public FileData(FsContext fs, BlockDevice device, QuotaCheck quota, ExtendedAttributes xattrs) {
        DataIo io = new DataIo(device, fs.host(), fs.counters(), IO_THREADS);
        ChangeStamps stamps = new ChangeStamps();
        PageCache pages = new PageCache(fs.options().dataCacheBytes(), io, stamps, fs.counters());
        this.data = new DataContext(
                fs, quota, xattrs, io, pages, new ExtentLocks(), stamps, new OfflineWaits(fs.counters()));
        this.reader = new FileReader(data);
        this.truncation = new Truncation(data);
        this.fallocation = new Fallocation(data, truncation);
        this.archive = new Archive(data, truncation);
    }

    /** What commits write. */
    public DirtyData dirtyData() {
        return data.pages().writeback();
    }

    /** Waits with EINTR if the thread is interrupted while contents are offline. */
    @Override
    public int read(Inode inode, int openFlags, long offset, MemorySegment dst, LockMode mode, PageFill fill)
            throws FsException {
        return reader.read(inode, openFlags, offset, dst, mode, fill);
    }

    /**
     * As the interface has it. With O_DSYNC or O_SYNC it is committed on return; with O_DIRECT it is on the device, but reachable only
     * after a commit. After an error in the middle returns what was written before it.
     */
    @Override
    public int write(Inode inode, int openFlags, long offset, MemorySegment src, boolean killSuidgid)
            throws FsException {
        return new FileWriter(FileWriter.Purpose.WRITE, data, truncation, inode, openFlags, offset, src, killSuidgid)
                .write();
    }

    @Override
    public int writeMapped(Inode inode, long offset, MemorySegment src) throws FsException {
        return new FileWriter(FileWriter.Purpose.MAPPED, data, truncation, inode, Modes.O_RDWR, offset, src, false)
                .write();
    }

    @Override
    public ArchiveContents archive() {
        return archive;
    }

    @Override
    public void endWaits() {
        data.waits().end();
    }

    @Override
    public void fallocate(Inode inode, int mode, long offset, long length) throws FsException {
        fallocation.fallocate(inode, mode, offset, length);
    }

    @Override
    public long seek(Inode inode, long offset, int whence) throws FsException {
        return reader.seek(inode, offset, whence);
    }

    @Override
    public void setSize(Inode inode, long size, boolean killSuidgid) throws FsException {
        truncation.setSize(inode, size, killSuidgid);
    }

    /** Finishes a truncate that a crash interrupted; the caller has locked the inode in {@code m} and no hold is open. */
    public void truncateIfInterrupted(Modification m, Inode inode) throws FsException {
        truncation.complete(m, inode);
    }

    @Override
    public void removeAll(Modification deletion, Inode inode) throws FsException {
        truncation.removeAll(deletion, inode);
    }

    @Override
    public void dropPages(Inode inode) {
        data.pages().drop(inode.ino(), 0, Long.MAX_VALUE);
        data.waits().wake(inode.ino());
    }

    /** Nothing is read from or written to the data device any more, and nobody waits for offline contents: ENOLINK. Does not wait. */
    public void forceUnmount() {
        data.io().forceUnmount();
        data.waits().end();
    }

    /** Ends the workers and gives the memory back. Pages that are still dirty are lost. */
    @Override
    public void close() {
        data.io().close();
        data.pages().close();
    }
}
