package org.scoutfs.fs.data;

import java.util.concurrent.locks.Lock;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.ArchiveContents.Changes;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.xattr.Retention;

/** Sets what ordinary calls cannot: how a file is restored before its contents are (spec 4 section 10.7). */
final class AttributeSetting {
    private final DataContext data;
    private final Truncation truncation;

    AttributeSetting(DataContext data, Truncation truncation) {
        this.data = data;
        this.truncation = truncation;
    }

    void set(Inode inode, Changes changes) throws FsException {
        try (Modification m = new Modification(data.fs())) {
            m.lock(inode);
            check(inode.item(), changes);
            if (changes.size() != null) {
                truncation.complete(m, inode);
            }
            m.expect(inode, false);
            m.hold(true);
            data.fs().items().dirty(inode.key(), m.group(inode));
            InodeItem changed = inode.copyForChange();
            if (changes.sizeOffline()) {
                insertOffline(m, inode, changed, DataContext.lastBlock(size(changes)) + 1);
            }
            apply(changed, changes);
            m.update(inode, changed, false);
        }
    }

    private static long size(Changes changes) {
        Long size = changes.size();
        return size == null ? 0 : size;
    }

    private static void check(InodeItem item, Changes changes) throws FsException {
        boolean regular = Modes.isRegular(item.mode());
        Long version = changes.dataVersion();
        long size = size(changes);
        boolean contents = changes.size() != null || version != null;
        if (version != null && version == 0
                || contents && (!regular || item.dataVersion() != 0)
                || size != 0 && version == null
                || size < 0
                || changes.sizeOffline() && size == 0
                || changes.retention() != null && !regular) {
            throw new FsException(Errno.EINVAL);
        }
        if (!Boolean.FALSE.equals(changes.retention())) {
            Retention.check(item);
        }
    }

    /** EINVAL if the file has any extent there. */
    private void insertOffline(Modification m, Inode inode, InodeItem changed, long blocks) throws FsException {
        Lock lock = data.locks().write(inode.ino());
        lock.lock();
        try {
            data.extents(inode.ino(), m.group(inode)).insert(new FileExtent(0, blocks, 0, FileExtent.OFFLINE), changed);
        } finally {
            lock.unlock();
        }
    }

    private static void apply(InodeItem changed, Changes changes) {
        Long version = changes.dataVersion();
        if (version != null) {
            changed.setDataVersion(version);
        }
        Long size = changes.size();
        if (size != null) {
            changed.setSize(size);
        }
        Timespec ctime = changes.ctime();
        if (ctime != null) {
            changed.setCtime(ctime);
        }
        Timespec crtime = changes.crtime();
        if (crtime != null) {
            changed.setCrtime(crtime);
        }
        Boolean retention = changes.retention();
        if (retention != null) {
            int flags = changed.flags() & ~InodeItem.FLAG_RETENTION;
            changed.setFlags(retention ? flags | InodeItem.FLAG_RETENTION : flags);
        }
        Long project = changes.projectId();
        if (project != null) {
            changed.setProj(project);
        }
    }
}
