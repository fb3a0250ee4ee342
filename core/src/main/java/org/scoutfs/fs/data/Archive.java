package org.scoutfs.fs.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.ArchiveContents;
import org.scoutfs.fs.Inode;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/** The life of contents between the volume and an archive, as the door calls it. */
final class Archive implements ArchiveContents {
    private static final int SHIFT = DataIo.BLOCK_SHIFT;

    private final DataContext data;
    private final Truncation truncation;
    private final Release release;
    private final Staging staging;
    private final OfflinePunch punch;
    private final AttributeSetting attributes;

    Archive(DataContext data, Truncation truncation) {
        this.data = data;
        this.truncation = truncation;
        this.release = new Release(data, truncation);
        this.staging = new Staging(data, truncation);
        this.punch = new OfflinePunch(data, truncation);
        this.attributes = new AttributeSetting(data, truncation);
    }

    private static long lastBlock(long offset, long length) {
        return offset + length - 1 >>> SHIFT;
    }

    @Override
    public void release(Inode inode, long offset, long length, long dataVersion) throws FsException {
        release.release(inode, offset >>> SHIFT, lastBlock(offset, length), dataVersion);
    }

    @Override
    public int stage(Inode inode, long dataVersion, long offset, int length, Source source) throws FsException {
        return staging.stage(inode, dataVersion, offset, length, source);
    }

    @Override
    public void punchOffline(Inode inode, long offset, long length, long dataVersion) throws FsException {
        punch.punch(inode, offset >>> SHIFT, lastBlock(offset, length), dataVersion);
    }

    @Override
    public void moveBlocks(
            Inode to,
            Inode from,
            long fromOffset,
            long length,
            long toOffset,
            boolean intoOffline,
            long dataVersion,
            @Nullable FsException denied)
            throws FsException {
        new BlockMove(data, truncation, from, to, intoOffline).move(fromOffset, length, toOffset, dataVersion, denied);
    }

    @Override
    public void setAttributes(Inode inode, Changes changes) throws FsException {
        attributes.set(inode, changes);
    }

    @Override
    public List<Extent> extents(Inode inode, long first, long last, int limit) throws FsException {
        List<Extent> found = new ArrayList<>();
        long ino = inode.ino();
        ClusterLock group = data.fs().locks().lockInode(ino, LockMode.READ);
        try {
            inode.refresh(data.fs().items(), group);
            Extents extents = data.extents(ino, group);
            Lock lock = data.locks().read(ino);
            lock.lock();
            try {
                FileExtent e = extents.next(first);
                while (e != null && e.start() <= last && found.size() < limit) {
                    boolean unwritten = (e.flags() & FileExtent.UNWRITTEN) != 0;
                    found.add(new Extent(e.start(), e.len(), e.map(), e.isOffline(), unwritten));
                    e = extents.next(e.end());
                }
            } finally {
                lock.unlock();
            }
        } finally {
            group.unlock(LockMode.READ);
        }
        return found;
    }

    @Override
    public List<Waiting> waiting(long afterIno, long afterBlock, int limit) {
        return data.waits().list(afterIno, afterBlock, limit);
    }

    @Override
    public int failWaiting(long ino, long first, long last, int ops, int errno) {
        return data.waits().fail(ino, first, last, ops, errno);
    }
}
