package org.scoutfs.fs;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.lock.LockMode;
import org.scoutfs.trans.DirtyData;

/** Files that have a size and no contents. */
final class SizeOnlyContents implements FileContents, DirtyData {
    private final FsContext fs;
    final AtomicInteger removed = new AtomicInteger();

    SizeOnlyContents(FsContext fs) {
        this.fs = fs;
    }

    @Override
    public int read(Inode inode, int openFlags, long offset, MemorySegment dst, LockMode mode, PageFill fill) {
        long left = Math.max(0, inode.item().size() - offset);
        return (int) Math.min(left, dst.byteSize());
    }

    @Override
    public int write(Inode inode, int openFlags, long offset, MemorySegment src, boolean killSuidgid)
            throws FsException {
        resize(inode, Math.max(inode.item().size(), offset + src.byteSize()), killSuidgid);
        return (int) src.byteSize();
    }

    @Override
    public void fallocate(Inode inode, int mode, long offset, long length) throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }

    @Override
    public long seek(Inode inode, long offset, int whence) throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }

    @Override
    public void setSize(Inode inode, long size, boolean killSuidgid) throws FsException {
        resize(inode, size, killSuidgid);
    }

    private void resize(Inode inode, long size, boolean killSuidgid) throws FsException {
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            m.expect(inode, true);
            m.hold(false);
            InodeItem changed = inode.copyForChange();
            changed.setSize(size);
            changed.setMtime(fs.now());
            changed.setCtime(fs.now());
            changed.setVersion(changed.version() + 1);
            if (killSuidgid) {
                changed.setMode(Modes.withoutSuidgid(changed.mode()));
            }
            m.update(inode, changed, true);
        }
    }

    @Override
    public void removeAll(Modification deletion, Inode inode) {
        removed.incrementAndGet();
    }

    @Override
    public void dropPages(Inode inode) {}

    @Override
    public void startWriteback() {}

    @Override
    public void finishWriteback() {}
}
