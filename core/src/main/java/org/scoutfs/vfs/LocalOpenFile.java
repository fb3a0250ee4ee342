package org.scoutfs.vfs;

import java.util.concurrent.atomic.AtomicBoolean;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;

/** An open file of {@link LocalVfs}: a pin of its inode. */
final class LocalOpenFile implements OpenFile {
    private final Inode inode;
    private final int flags;
    private final int type;
    private final boolean killSuidgid;
    private final boolean hadOfflineContents;
    private final AtomicBoolean released = new AtomicBoolean();

    /**
     * @param inode pinned for this file
     * @param attributes of the inode now
     * @param killSuidgid each write through this file clears the set-id bits
     */
    LocalOpenFile(Inode inode, int flags, Attributes attributes, boolean killSuidgid) {
        this.inode = inode;
        this.flags = flags;
        this.type = attributes.mode() & Modes.S_IFMT;
        this.hadOfflineContents = attributes.offlineBlocks() != 0;
        this.killSuidgid = killSuidgid;
    }

    Inode inode() {
        return inode;
    }

    boolean killSuidgid() {
        return killSuidgid;
    }

    boolean isDirectory() {
        return type == Modes.S_IFDIR;
    }

    boolean isRegular() {
        return type == Modes.S_IFREG;
    }

    int type() {
        return type;
    }

    boolean readable() {
        return (flags & Modes.O_ACCMODE) != Modes.O_WRONLY;
    }

    /** True once. */
    boolean markReleased() {
        return released.compareAndSet(false, true);
    }

    @Override
    public long ino() {
        return inode.ino();
    }

    @Override
    public int flags() {
        return flags;
    }

    @Override
    public boolean hadOfflineContents() {
        return hadOfflineContents;
    }

    @Override
    public boolean writable() {
        return Modes.isWritable(flags);
    }
}
