package org.scoutfs.fs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.DirentType;
import org.scoutfs.format.Limits;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * Lists directories in the order their entries were made (spec 4 section 5). A buffer of entries is collected under the directory's
 * lock and delivered without it, since the receiver may be slow or need locks itself; so a listing is not a snapshot.
 */
final class Readdir {
    /** Entries as they would lie in a reply of the reference's size. */
    private static final int BUFFER_BYTES = 4096;

    private static final int ENTRY_BYTES = 24;
    private static final byte[] DOT = ".".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DOT_DOT = "..".getBytes(StandardCharsets.US_ASCII);

    private final FsContext fs;
    private final Directories directories;
    private final InodeLookup lookup;
    private final Ancestors ancestors;

    Readdir(FsContext fs, Directories directories, InodeLookup lookup, Ancestors ancestors) {
        this.fs = fs;
        this.directories = directories;
        this.lookup = lookup;
        this.ancestors = ancestors;
    }

    /** Lists from {@code offset} on: 0 is ".", 1 "..", others positions. Attributes of "." and ".." are not given. */
    void list(long dir, long offset, boolean withAttributes, DirectoryVisitor visitor) throws FsException {
        long position = offset;
        if (position == 0) {
            if (!visitor.entry(DOT, dir, Modes.S_IFDIR, 1, null)) {
                return;
            }
            position = 1;
        }
        if (position == 1) {
            if (!visitor.entry(DOT_DOT, ancestors.parent(dir), Modes.S_IFDIR, Limits.FIRST_DIRENT_POS, null)) {
                return;
            }
            position = Limits.FIRST_DIRENT_POS;
        }
        List<Dirent> buffer = new ArrayList<>();
        while (collect(dir, position, buffer)) {
            for (Dirent entry : buffer) {
                if (!deliver(entry, withAttributes, visitor)) {
                    return;
                }
            }
            position = buffer.getLast().pos() + 1;
            if (position == -1L) {
                return;
            }
        }
    }

    /** Fills the buffer; false if there is nothing more. */
    private boolean collect(long dir, long from, List<Dirent> buffer) throws FsException {
        buffer.clear();
        int bytes = 0;
        long position = from;
        ClusterLock group = fs.locks().lockInode(dir, LockMode.READ);
        try {
            while (bytes < BUFFER_BYTES) {
                Dirent entry = directories.next(dir, position, group);
                if (entry == null) {
                    break;
                }
                buffer.add(entry);
                bytes += ENTRY_BYTES + entry.name().length;
                position = entry.pos() + 1;
                if (position == 0) {
                    break;
                }
            }
        } finally {
            group.unlock(LockMode.READ);
        }
        return !buffer.isEmpty();
    }

    private boolean deliver(Dirent entry, boolean withAttributes, DirectoryVisitor visitor) throws FsException {
        Attributes attributes = withAttributes ? attributes(entry.ino()) : null;
        int type = DirentType.ofCode(entry.type()).map(DirentType::modeBits).orElse(0);
        boolean taken = visitor.entry(entry.name(), entry.ino(), type, entry.pos() + 1, attributes);
        if (!taken && attributes != null) {
            fs.inodes().forget(entry.ino(), 1);
        }
        return taken;
    }

    /** Null if the inode is gone meanwhile. */
    private @Nullable Attributes attributes(long ino) throws FsException {
        try {
            return lookup.lookup(ino);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }
}
