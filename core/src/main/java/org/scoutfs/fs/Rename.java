package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.DirentType;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Limits;
import org.scoutfs.format.Timespec;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/**
 * Gives an entry another name or directory (spec 4 section 6.4).
 *
 * <p>The new entry is made first, which may fail; then the old ones are removed, which cannot, because they were made dirty before.
 * So nothing has to be put back. The rename lock is taken for directories only: other inodes do not change the topology of
 * directories when they move.
 */
final class Rename {
    /** Fail if the new name exists. */
    static final int NOREPLACE = 1;

    private static final byte[] NO_VALUE = new byte[0];

    private final FsContext fs;
    private final ItemCache items;
    private final Directories directories;
    private final Removal removal;
    private final Ancestors ancestors;

    Rename(FsContext fs, Directories directories, Removal removal, Ancestors ancestors) {
        this.fs = fs;
        this.items = fs.items();
        this.directories = directories;
        this.removal = removal;
        this.ancestors = ancestors;
    }

    /** Both directories, pinned by the caller; the same instance twice if it is one. */
    void rename(Inode dir, byte[] oldBytes, Inode newDir, byte[] newBytes, int flags) throws FsException {
        Modification.checkWritable(fs);
        if ((flags & ~NOREPLACE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        Directories.Name oldName = Directories.Name.of(oldBytes);
        Directories.Name newName = Directories.Name.of(newBytes);
        boolean replace = (flags & NOREPLACE) == 0;
        for (int attempt = 0; attempt < Removal.ATTEMPTS; attempt++) {
            Dirent source = removal.peek(dir.ino(), oldName);
            Dirent target = removal.peek(newDir.ino(), newName);
            if (source == null) {
                throw new FsException(Errno.ENOENT);
            }
            if (target != null && !replace) {
                throw new FsException(Errno.EEXIST);
            }
            if (target != null && target.ino() == source.ino()) {
                return;
            }
            Move move = new Move(dir, oldName, newDir, newName, source, target);
            if (pinned(move)) {
                return;
            }
        }
        throw new FsException(Errno.ESTALE);
    }

    /** A rename as the names stood when they were looked up without locks. */
    private record Move(
            Inode dir,
            Directories.Name oldName,
            Inode newDir,
            Directories.Name newName,
            Dirent source,
            @Nullable Dirent target) {
        boolean movesDirectory() {
            return source.type() == DirentType.DIRECTORY.code();
        }

        boolean changesDirectory() {
            return dir != newDir;
        }
    }

    private boolean pinned(Move move) throws FsException {
        Dirent target = move.target();
        Inode inode = fs.inodes().pin(move.source().ino());
        Inode replaced = target == null ? null : fs.inodes().pin(target.ino());
        try (Modification m = new Modification(fs)) {
            return tryRename(m, move, inode, replaced);
        } finally {
            // after the locks are gone: the last use of a replaced inode deletes it
            fs.inodes().unpin(inode);
            if (replaced != null) {
                fs.inodes().unpin(replaced);
            }
        }
    }

    private boolean tryRename(Modification m, Move move, Inode inode, @Nullable Inode replaced) throws FsException {
        if (!lock(m, move, inode, replaced)) {
            return false;
        }
        Inode dir = move.dir();
        Inode newDir = move.newDir();
        Dirent source = directories.find(dir.ino(), move.oldName(), m.group(dir));
        Dirent target = directories.find(newDir.ino(), move.newName(), m.group(newDir));
        if (source == null) {
            throw new FsException(Errno.ENOENT);
        }
        if (source.ino() != inode.ino()
                || (target == null ? 0 : target.ino()) != (replaced == null ? 0 : replaced.ino())) {
            return false;
        }
        check(move, inode, replaced);
        boolean lastLink = replaced != null
                && (Modes.isDirectory(replaced.item().mode()) || replaced.item().nlink() == 1);
        ClusterLock orphans = lastLink ? m.lockZone(LockRange.orphans()) : null;
        expectAll(m, move, inode, replaced);
        m.hold(true);
        dirtyAll(m, move, inode, replaced, source, target);

        InodeItem newDirItem = newDir.copyForChange();
        long pos = Directories.takePosition(newDirItem);
        int mode = inode.item().mode();
        directories.create(newDir.ino(), m.group(newDir), move.newName(), pos, inode.ino(), m.group(inode), mode);
        // from here on nothing fails
        if (target != null && replaced != null) {
            directories.delete(newDir.ino(), m.group(newDir), target, m.group(replaced));
        }
        directories.delete(dir.ino(), m.group(dir), source, m.group(inode));
        if (orphans != null && replaced != null) {
            items.createForce(Keys.orphan(replaced.ino()), NO_VALUE, orphans, m.group(replaced));
        }
        updateAll(m, move, inode, replaced, newDirItem);
        return true;
    }

    /** False if one of the inodes was deleted meanwhile. */
    private boolean lock(Modification m, Move move, Inode inode, @Nullable Inode replaced) throws FsException {
        Inode[] wanted = replaced == null
                ? new Inode[] {move.dir(), move.newDir(), inode}
                : new Inode[] {move.dir(), move.newDir(), inode, replaced};
        try {
            if (move.changesDirectory() && move.movesDirectory()) {
                long target = replaced == null ? 0 : replaced.ino();
                m.lockTopology(
                        () -> ancestors.check(move.dir().ino(), move.newDir().ino(), inode.ino(), target), wanted);
            } else {
                m.lock(wanted);
            }
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT && stillThere(move)) {
                return false;
            }
            throw e;
        }
    }

    /** Whether the failure may be due to an inode that a name no longer means. */
    private boolean stillThere(Move move) throws FsException {
        Dirent source = removal.peek(move.dir().ino(), move.oldName());
        Dirent target = removal.peek(move.newDir().ino(), move.newName());
        Dirent before = move.target();
        return source != null
                && (source.ino() != move.source().ino()
                        || (target == null ? 0 : target.ino()) != (before == null ? 0 : before.ino()));
    }

    private static void check(Move move, Inode inode, @Nullable Inode replaced) throws FsException {
        Creation.requireLiving(move.newDir().item());
        InodeItem item = inode.item();
        boolean directory = Modes.isDirectory(item.mode());
        if (replaced != null) {
            boolean ontoDirectory = Modes.isDirectory(replaced.item().mode());
            if (ontoDirectory && !directory) {
                throw new FsException(Errno.EISDIR);
            }
            if (!ontoDirectory && directory) {
                throw new FsException(Errno.ENOTDIR);
            }
            if (ontoDirectory && replaced.item().size() != 0) {
                throw new FsException(Errno.ENOTEMPTY);
            }
        }
        checkRetention(item);
        if (replaced != null) {
            checkRetention(replaced.item());
        } else if (directory && move.changesDirectory() && move.newDir().item().nlink() == Limits.LINK_MAX) {
            throw new FsException(Errno.EMLINK);
        }
    }

    private static void checkRetention(InodeItem item) throws FsException {
        if ((item.flags() & InodeItem.FLAG_RETENTION) != 0) {
            throw new FsException(Errno.EPERM);
        }
    }

    private static void expectAll(Modification m, Move move, Inode inode, @Nullable Inode replaced) {
        m.expect(move.dir(), false);
        m.expect(inode, false);
        if (move.changesDirectory()) {
            m.expect(move.newDir(), false);
        }
        if (replaced != null) {
            m.expect(replaced, false);
        }
    }

    private void dirtyAll(
            Modification m, Move move, Inode inode, @Nullable Inode replaced, Dirent source, @Nullable Dirent target)
            throws FsException {
        Inode dir = move.dir();
        Inode newDir = move.newDir();
        items.dirty(dir.key(), m.group(dir));
        items.dirty(inode.key(), m.group(inode));
        items.dirty(newDir.key(), m.group(newDir));
        directories.dirty(dir.ino(), m.group(dir), source, m.group(inode));
        if (replaced != null && target != null) {
            items.dirty(replaced.key(), m.group(replaced));
            directories.dirty(newDir.ino(), m.group(newDir), target, m.group(replaced));
        }
    }

    private void updateAll(Modification m, Move move, Inode inode, @Nullable Inode replaced, InodeItem newDirItem)
            throws FsException {
        Timespec now = fs.now();
        boolean directory = Modes.isDirectory(inode.item().mode());
        InodeItem dirItem = move.changesDirectory() ? move.dir().copyForChange() : newDirItem;
        dirItem.setSize(dirItem.size() - move.oldName().length());
        if (replaced == null) {
            newDirItem.setSize(newDirItem.size() + move.newName().length());
        }
        int replacedDirectories = replaced != null && directory ? 1 : 0;
        int movedDirectories = directory && move.changesDirectory() ? 1 : 0;
        newDirItem.setNlink(newDirItem.nlink() + movedDirectories - replacedDirectories);
        if (move.changesDirectory()) {
            dirItem.setNlink(dirItem.nlink() - movedDirectories);
            Links.touch(dirItem, now);
            m.update(move.dir(), dirItem, false);
        }
        Links.touch(newDirItem, now);
        m.update(move.newDir(), newDirItem, false);

        InodeItem item = inode.copyForChange();
        item.setCtime(now);
        item.setVersion(item.version() + 1);
        m.update(inode, item, false);
        if (replaced != null) {
            InodeItem gone = replaced.copyForChange();
            Removal.unlinked(gone, now);
            m.update(replaced, gone, false);
        }
    }
}
