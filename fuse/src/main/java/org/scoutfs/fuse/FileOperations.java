package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.PageFill;
import org.scoutfs.fuse.protocol.InitFlag;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.CreateIn;
import org.scoutfs.fuse.protocol.Wire.EntryOut;
import org.scoutfs.fuse.protocol.Wire.FallocateIn;
import org.scoutfs.fuse.protocol.Wire.LseekIn;
import org.scoutfs.fuse.protocol.Wire.OpenIn;
import org.scoutfs.fuse.protocol.Wire.OpenOut;
import org.scoutfs.fuse.protocol.Wire.ReadIn;
import org.scoutfs.fuse.protocol.Wire.ReleaseIn;
import org.scoutfs.fuse.protocol.Wire.WriteIn;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.vfs.Vfs;

/** Requests on open files (spec 6 section 7). */
final class FileOperations {
    private static final int O_ACCMODE = 3;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_TRUNC = 0x200;
    private static final int O_APPEND = 0x400;
    private static final int O_DIRECT = oDirect();

    private static final int MAPPED_WRITE_ATTEMPTS = 5;
    private static final long MAPPED_WRITE_PAUSE_NANOS = 20_000_000;
    private static final System.Logger LOG = System.getLogger(FileOperations.class.getName());
    private static final AttributeChanges KILL_SUIDGID =
            new AttributeChanges(null, null, null, null, null, null, null, true);

    private final Session session;
    private final KernelCache cache;

    FileOperations(Session session, KernelCache cache) {
        this.session = session;
        this.cache = cache;
    }

    int open(Exchange x) throws FsException {
        Request r = x.request();
        int flags = r.int32(OpenIn.FLAGS);
        long ino = x.ino();
        OpenFile file = session.vfs.open(x.caller(), ino, flags);
        Handle handle = handle(file, flags);
        try {
            if ((r.int32(OpenIn.OPEN_FLAGS) & OpenIn.KILL_SUIDGID) != 0) {
                session.vfs.setattr(x.caller(), ino, KILL_SUIDGID);
            }
            if (handle.mappable != null && session.inodes.has(ino, KernelInodes.PAGES | KernelInodes.PAGES_GO)) {
                // Pages that were filled under a lock for reading: from here on they may be changed behind our back.
                session.vfs.readPages(file, 0, MemorySegment.NULL, true, PageFill.NONE);
            }
        } catch (FsException | RuntimeException e) {
            session.release(handle);
            throw e;
        }
        long fh = session.handles.add(handle, x.index());
        x.givesHandle(fh);
        return x.reply().open(0, fh, openFlags(handle, flags));
    }

    int create(Exchange x) throws FsException {
        Request r = x.request();
        byte[] name = r.name(CreateIn.SIZE);
        int flags = r.int32(CreateIn.FLAGS);
        x.caller().creating(r.int32(CreateIn.UMASK), r.supplementaryGroup());
        Vfs.Created created;
        try {
            created = session.vfs.create(x.caller(), x.ino(), name, r.int32(CreateIn.MODE), flags);
        } catch (FsException e) {
            if (e.errno() == Errno.EEXIST && (flags & O_EXCL) == 0) {
                // Another mount made it after the kernel had looked. The kernel starts over, and then checks
                // permissions, too.
                throw new FsException(Errno.ESTALE);
            }
            throw e;
        }
        return created(x, name, created, flags);
    }

    int tmpfile(Exchange x) throws FsException {
        Request r = x.request();
        int flags = r.int32(CreateIn.FLAGS);
        x.caller().creating(r.int32(CreateIn.UMASK), r.supplementaryGroup());
        Vfs.Created created = session.vfs.tmpfile(x.caller(), x.ino(), r.int32(CreateIn.MODE), flags);
        return created(x, null, created, flags);
    }

    int release(Exchange x) throws FsException {
        session.release(session.handles.remove(x.request().int64(ReleaseIn.FH)));
        return 0;
    }

    int read(Exchange x) throws FsException {
        Request r = x.request();
        Handle handle = session.handles.get(r.int64(ReadIn.FH));
        long offset = r.int64(ReadIn.OFFSET);
        int size = r.int32(ReadIn.BYTES);
        MemorySegment room = x.reply().body();
        if (offset < 0 || size < 0 || size > room.byteSize()) {
            throw new FsException(Errno.EINVAL);
        }
        MemorySegment dst = room.asSlice(0, size);
        if (!session.cachesPages()) {
            return session.vfs.read(handle.file, offset, dst);
        }
        // What a read(2) past the page cache asks for names the owner of its locks; what fills a page does not, even if
        // it is a page
        // of a mapping of such a handle.
        boolean direct = (handle.direct || (r.int32(ReadIn.FLAGS) & O_DIRECT) != 0)
                && (r.int32(ReadIn.READ_FLAGS) & ReadIn.LOCKOWNER) != 0;
        if (direct) {
            return session.vfs.read(handle.file, offset, dst);
        }
        x.inFlight().bytes(InFlight.Kind.BUFFERED_READ, offset, offset + size);
        return cachedRead(x, handle, offset, dst);
    }

    int write(Exchange x) throws FsException {
        Request r = x.request();
        Handle handle = session.handles.get(r.int64(WriteIn.FH));
        long offset = r.int64(WriteIn.OFFSET);
        int writeFlags = r.int32(WriteIn.WRITE_FLAGS);
        int fileFlags = r.int32(WriteIn.FLAGS);
        MemorySegment data = r.data(WriteIn.SIZE, r.int32(WriteIn.BYTES));
        if ((writeFlags & WriteIn.CACHE) != 0) {
            return x.reply().write(writeMapped(handle, offset, data));
        }
        boolean append = (fileFlags & O_APPEND) != 0;
        boolean kill = (writeFlags & WriteIn.KILL_SUIDGID) != 0;
        OpenFile file = append == ((handle.file.flags() & O_APPEND) != 0) ? handle.file : otherAppend(x, handle);
        MappableFile mappable = handle.mappable;
        if (mappable == null || handle.direct || (fileFlags & O_DIRECT) != 0) {
            return x.reply().write(session.vfs.write(file, offset, data, kill));
        }
        MappableFile.Range range = mappable.beginWrite(offset, data.byteSize());
        try {
            session.inodes.mark(handle.ino(), KernelInodes.PAGES);
            x.inFlight().bytes(InFlight.Kind.BUFFERED_WRITE, offset, offset + data.byteSize());
            int taken = session.vfs.write(file, offset, data, kill);
            // Again: a revocation during which this write waited has taken the mark.
            session.inodes.mark(handle.ino(), KernelInodes.PAGES);
            if (append) {
                // The kernel has put the page where it believed the end to be.
                cache.dropSoon(handle.ino(), 0, 0);
            }
            return x.reply().write(taken);
        } finally {
            mappable.endWrite(range);
        }
    }

    int fallocate(Exchange x) throws FsException {
        Request r = x.request();
        Handle handle = session.handles.get(r.int64(FallocateIn.FH));
        session.vfs.fallocate(
                handle.file, r.int32(FallocateIn.MODE), r.int64(FallocateIn.OFFSET), r.int64(FallocateIn.LENGTH));
        return 0;
    }

    int lseek(Exchange x) throws FsException {
        Request r = x.request();
        Handle handle = session.handles.get(r.int64(LseekIn.FH));
        int whence = r.int32(LseekIn.WHENCE);
        if (whence != Vfs.SEEK_DATA && whence != Vfs.SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        x.reply().put64(0, session.vfs.seek(handle.file, r.int64(LseekIn.OFFSET), whence));
        return 8;
    }

    /** A buffered write is about to wait: its data are in the page cache already, where nobody may see them yet (rule P6). */
    void waits(Exchange x) {
        if (x.inFlight().is(InFlight.Kind.BUFFERED_WRITE)) {
            cache.dropSoon(
                    x.ino(),
                    x.inFlight().start(),
                    x.inFlight().endOffset() - x.inFlight().start());
        }
    }

    /**
     * Reads what the kernel will keep. While the cluster lock is held the window of {@link RevocationLog} is opened, so the revocation that comes
     * next waits until the kernel has the reply, and drops the pages then. A read that waited for a lock that many want so gets its turn once
     * and is done.
     *
     * <p>It is done again if the pages are not what was thought: the file was opened in between by somebody who can store into them, this
     * mount has changed it, or READ was kept by a revocation that ended meanwhile. Each of these takes an operation of somebody else.
     */
    private int cachedRead(Exchange x, Handle handle, long offset, MemorySegment dst) throws FsException {
        long ino = handle.ino();
        PageFill window = new Window(x);
        for (; ; ) {
            MappableFile mappable = session.mappable.get(ino);
            if (mappable != null) {
                mappable.awaitWrites(offset, dst.byteSize());
            }
            int n = session.vfs.readPages(handle.file, offset, dst, mappable != null, window);
            // Not before: there are no pages yet, and the kernel must not be told to forget the inode in vain while it
            // waits for us. An opener
            // counts itself before it looks for pages, and we look for openers after: one of the two sees the other.
            session.inodes.mark(ino, KernelInodes.PAGES);
            // What may be stored into must not come once the pages are being dropped.
            boolean late = mappable == null
                    ? session.mappable.get(ino) != null || session.revocations.endedSince(x.since(), ino)
                    : session.revocations.droppedSince(x.since(), ino);
            if (!late) {
                return n;
            }
            x.closeWindow();
            session.repeatedReads.increment();
        }
    }

    /** What is found out counts from the moment at which the lock is held: what was revoked while it was waited for does not matter. */
    private final class Window implements PageFill {
        private final Exchange x;

        Window(Exchange x) {
            this.x = x;
        }

        @Override
        public void begun() {
            x.since(session.revocations.now());
        }

        @Override
        public void done() {
            session.openWindow(x);
        }
    }

    /** The kernel answers an error by throwing the page away: whatever may pass is tried again (rule P4). */
    private int writeMapped(Handle handle, long offset, MemorySegment data) throws FsException {
        for (int attempt = 1; ; attempt++) {
            try {
                int taken = session.vfs.writeMapped(handle.file, offset, data);
                if (taken == data.byteSize()) {
                    return taken;
                }
                throw new FsException(Errno.EIO, "only " + taken + " of " + data.byteSize() + " bytes were taken");
            } catch (FsException e) {
                if (attempt == MAPPED_WRITE_ATTEMPTS) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "inode {0}: {1} bytes at {2} stored through a mapping are lost: {3}",
                            handle.ino(),
                            data.byteSize(),
                            offset,
                            e.getMessage());
                    throw e;
                }
            }
            BlockingAware.beforeBlocking();
            try {
                session.host.clock().sleep(MAPPED_WRITE_PAUSE_NANOS);
            } catch (InterruptedException e) {
                throw new FsException(Errno.EIO, "interrupted while writing back a mapping", e);
            }
        }
    }

    private int created(Exchange x, byte @Nullable [] name, Vfs.Created created, int flags) {
        Handle handle = handle(created.file(), flags);
        long fh = session.handles.add(handle, x.index());
        x.givesHandle(fh);
        int length;
        if (name != null) {
            length = session.entry(x, x.ino(), name, created.attributes());
        } else {
            long ino = created.attributes().ino();
            session.inodes.add(ino, 1);
            x.givesLookup(ino);
            session.openWindow(x);
            length = x.reply().entry(0, NodeId.of(ino), 0, session.attributeSeconds(x, ino), created.attributes());
        }
        if (length != EntryOut.SIZE) {
            throw new IllegalStateException("an entry of " + length + " bytes");
        }
        return x.reply().open(length, fh, openFlags(handle, flags));
    }

    private Handle handle(OpenFile file, int flags) {
        int access = flags & O_ACCMODE;
        boolean mapsDirect = session.negotiated.has(InitFlag.DIRECT_IO_ALLOW_MMAP);
        boolean direct = !session.cachesPages()
                || access == O_WRONLY
                // A read past the page cache can be interrupted, and asks for no more than is wanted.
                || file.hadOfflineContents()
                || (access == O_RDWR && (mapsDirect || (flags & O_APPEND) != 0));
        MappableFile mappable = session.cachesPages() && access == O_RDWR ? session.mappable.opened(file.ino()) : null;
        return new Handle(file, false, direct, mappable);
    }

    /**
     * The kernel keeps the pages that it has, which are true; and it must not drop them in an open, which would wait for a page that somebody's
     * fault waits for until an archive agent, who has to open the file for that, has staged it.
     *
     * <p>Handles that can write go past the page cache and may do so in parallel; so no page holds what has not been taken yet, which somebody
     * could store into by a mapping before this mount has the lock for writing. Appending ones do not write in parallel: each has to see the end that the one before has made.
     */
    private int openFlags(Handle handle, int flags) {
        int common = OpenOut.NOFLUSH | OpenOut.KEEP_CACHE;
        if (!handle.direct) {
            return common;
        }
        boolean parallel = (flags & O_APPEND) == 0 || (flags & O_ACCMODE) == O_RDONLY;
        return common | OpenOut.DIRECT_IO | (parallel ? OpenOut.PARALLEL_DIRECT_WRITES : 0);
    }

    /** The flag was changed by fcntl after open: the file system is asked for an open file of that kind. */
    private OpenFile otherAppend(Exchange x, Handle handle) throws FsException {
        OpenFile other = handle.otherAppend();
        if (other != null) {
            return other;
        }
        int flags = (handle.file.flags() ^ O_APPEND) & ~(O_CREAT | O_EXCL | O_TRUNC);
        OpenFile opened = session.vfs.open(x.caller(), handle.ino(), flags);
        if (!handle.setOtherAppend(opened)) {
            session.vfs.release(opened);
        }
        return otherAppend(x, handle);
    }

    /** The one open flag here whose value differs between architectures. */
    private static int oDirect() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64", "arm" -> 0x10000;
            case "ppc64", "ppc64le" -> 0x20000;
            default -> 0x4000;
        };
    }
}
