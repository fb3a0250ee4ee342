package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.Vfs;

/** One ioctl in hand: what came with it, whose it is, and what its caller's structure becomes. Used by one thread. */
public final class IoctlCall {
    private final Vfs vfs;
    private final Credentials who;
    private final OpenFile file;
    private final long address;
    private final CallerMemory memory;
    private final CallerDescriptors descriptors;

    private MemorySegment in;
    private MemorySegment reply = MemorySegment.NULL;

    /**
     * @param argument the caller's structure if its command says that it is written by the caller, else empty; not changed
     * @param address where that structure is
     */
    public IoctlCall(
            Vfs vfs,
            Credentials who,
            OpenFile file,
            MemorySegment argument,
            long address,
            CallerMemory memory,
            CallerDescriptors descriptors) {
        this.vfs = vfs;
        this.who = who;
        this.file = file;
        this.in = argument;
        this.address = address;
        this.memory = memory;
        this.descriptors = descriptors;
    }

    /** What is to be stored at the caller's argument; empty unless an operation has asked for room. */
    public MemorySegment reply() {
        return reply;
    }

    Vfs vfs() {
        return vfs;
    }

    ArchiveFiles files() throws FsException {
        return vfs.archiveFiles();
    }

    ArchiveQueries queries() throws FsException {
        return vfs.archiveQueries();
    }

    Credentials who() {
        return who;
    }

    OpenFile file() {
        return file;
    }

    long ino() {
        return file.ino();
    }

    CallerMemory memory() {
        return memory;
    }

    CallerDescriptors descriptors() {
        return descriptors;
    }

    /** Where the caller's structure is. */
    long address() {
        return address;
    }

    /** Fetches the structure of a command that says, wrongly, that the caller only reads it. */
    void fetch(int bytes) throws FsException {
        in = MemorySegment.ofArray(new byte[bytes]);
        memory.read(address, in);
    }

    int u8(int offset) {
        return Le.u8(in, offset);
    }

    int u16(int offset) {
        return Le.u16(in, offset);
    }

    long u32(int offset) {
        return Le.u32(in, offset);
    }

    int s32(int offset) {
        return Le.i32(in, offset);
    }

    long u64(int offset) {
        return Le.u64(in, offset);
    }

    Timespec time(int secondsOffset, int nanosOffset) {
        return new Timespec(u64(secondsOffset), s32(nanosOffset));
    }

    /** A copy of the caller's structure. */
    MemorySegment copy() {
        MemorySegment copy = MemorySegment.ofArray(new byte[(int) in.byteSize()]);
        return copy.copyFrom(in);
    }

    MemorySegment in() {
        return in;
    }

    /** Zeros to be filled, for the start of the caller's structure. */
    MemorySegment replies(int bytes) {
        reply = MemorySegment.ofArray(new byte[bytes]);
        return reply;
    }

    /** The caller's structure comes back. */
    MemorySegment repliesCopy() {
        reply = copy();
        return reply;
    }

    /** EBADF unless the descriptor was opened for reading. */
    void requireReadable() throws FsException {
        // 0 reads, 1 writes, 2 does both, 3 neither
        if ((file.flags() + 1 & 1) == 0) {
            throw new FsException(Errno.EBADF);
        }
    }

    /** EPERM without CAP_SYS_ADMIN: for what looks at the caller's memory first; the doors judge again. */
    void requireAdministrator() throws FsException {
        if (!who.capable(Capability.SYS_ADMIN)) {
            throw new FsException(Errno.EPERM);
        }
    }
}
