package org.scoutfs.app.archive;

import java.util.List;
import org.scoutfs.app.admin.VolumeUsage;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.OpenFlags;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;

/** A volume through a mount of this machine, by ioctls alone; so also one of the kernel module. */
final class MountedVolume implements Volume {
    private static final int BLOCK = 4096;
    private static final int GROUP = 1024;
    private static final long ALL_OPS = 7;
    private static final SeqEntry LAST = new SeqEntry(-1L, -1L);

    private final IoctlFile root;
    private final String path;
    private final StatfsMore ids;

    /** @throws FsException ENOTTY if no volume is mounted there */
    MountedVolume(String path) throws FsException {
        this.path = path;
        this.root = IoctlFile.open(path, OpenFlags.O_RDONLY);
        try {
            this.ids = root.statfsMore();
        } catch (FsException e) {
            root.close();
            throw new FsException(e.errno(), "no ScoutFS volume is mounted at '" + path + "'", e);
        }
    }

    @Override
    public long fsid() {
        return ids.fsid();
    }

    @Override
    public String ident() {
        return "f.%06x.r.%06x".formatted(ids.fsid() >>> 40, ids.rid() >>> 40);
    }

    @Override
    public List<SeqEntry> changed(SeqEntry first, int limit) throws FsException {
        return root.walkInodes(ArchiveQueries.INDEX_DATA_SEQ, first, LAST, limit);
    }

    @Override
    public VolumeFile open(long ino, Access access) throws FsException {
        if (access == Access.READ) {
            return new MountedFile(this, root.openInode(ino, OpenFlags.O_RDONLY), false);
        }
        try {
            return new MountedFile(this, root.openInode(ino, OpenFlags.O_RDWR), false);
        } catch (FsException e) {
            if (e.errno() != Errno.ETXTBSY) {
                throw e;
            }
            // it is being executed: nobody may open it for writing, but blocks can be moved into it
            return new MountedFile(this, root.openInode(ino, OpenFlags.O_RDONLY), true);
        }
    }

    /** A file without a name, for what is to be moved into another one. */
    IoctlFile temporary() throws FsException {
        return IoctlFile.temporary(path, 0600);
    }

    @Override
    public List<Waiting> waiting(long afterIno, long afterBlock, int limit) throws FsException {
        return root.dataWaiting(afterIno, afterBlock, limit);
    }

    @Override
    public int failWaiting(long ino, long offset, long count) throws FsException {
        try {
            return root.dataWaitErr(ino, 0, offset, count, ALL_OPS, -Errno.EIO.number());
        } catch (FsException e) {
            if (e.errno() == Errno.ESTALE) {
                // this mount does not have the inode in use: nobody waits
                return 0;
            }
            throw e;
        }
    }

    @Override
    public long[] group(long ino) throws FsException {
        return root.allocatedInos(ino & -GROUP, GROUP);
    }

    @Override
    public Space space() throws FsException {
        VolumeUsage usage = VolumeUsage.of(root);
        return new Space(usage.totalData() * BLOCK, usage.freeData() * BLOCK);
    }

    @Override
    public String name(long ino) {
        try {
            return "/" + ByteText.decode(root.inoPath(ino, 0, 0).path());
        } catch (FsException e) {
            return "inode " + Long.toUnsignedString(ino);
        }
    }

    @Override
    public void sync() throws FsException {
        root.fsync();
    }

    @Override
    public boolean isAlive() {
        try {
            return root.statfsMore().fsid() == ids.fsid();
        } catch (FsException e) {
            return false;
        }
    }

    @Override
    public void close() {
        root.close();
    }
}
