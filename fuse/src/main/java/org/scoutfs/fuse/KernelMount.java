package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.scoutfs.error.Errno;

/**
 * Attaches a descriptor of {@code /dev/fuse} to a directory and takes it off again (spec 6 sections 3.1 and 11): with mount(2) as root,
 * else through the set-uid program fusermount3, which opens and mounts and passes the descriptor back over a socket.
 */
final class KernelMount {
    static final String SUBTYPE = "scoutfs";

    private static final String DEVICE = "/dev/fuse";
    private static final String HELPER = "fusermount3";

    private final int fd;
    private final String target;
    private final boolean viaHelper;
    private final AtomicBoolean closed = new AtomicBoolean();

    private KernelMount(int fd, String target, boolean viaHelper) {
        this.fd = fd;
        this.target = target;
        this.viaHelper = viaHelper;
    }

    /** @param target absolute, without symbolic links, an existing directory */
    static KernelMount mount(Path target, FuseOptions options) throws IOException {
        boolean viaHelper = options.viaHelper() || NativeCalls.geteuid() != 0;
        int fd = viaHelper ? mountViaHelper(target, options) : mountDirectly(target, options);
        return new KernelMount(fd, target.toString(), viaHelper);
    }

    /** The connection with the kernel; closed by {@link #closeDevice}. */
    int fd() {
        return fd;
    }

    /**
     * Takes the mount off its directory.
     *
     * @return 0 or a negated errno: EBUSY if somebody uses it, EINVAL if it is gone already
     */
    int unmount(boolean lazy) {
        if (!viaHelper) {
            return NativeCalls.umount2(target, NativeCalls.UMOUNT_NOFOLLOW | (lazy ? NativeCalls.MNT_DETACH : 0));
        }
        String[] arguments = lazy
                ? new String[] {HELPER, "-u", "-q", "-z", "--", target}
                : new String[] {HELPER, "-u", "-q", "--", target};
        int status = run(arguments, environment());
        // The helper does not say why.
        return status == 0 ? 0 : -Errno.EBUSY.number();
    }

    /** Ends the connection whoever uses it, and takes the mount away. */
    int force() {
        return viaHelper
                ? unmount(true)
                : NativeCalls.umount2(
                        target, NativeCalls.UMOUNT_NOFOLLOW | NativeCalls.MNT_FORCE | NativeCalls.MNT_DETACH);
    }

    /** Aborts the connection if it still exists. Nobody may read from it any more; a second call does nothing. */
    void closeDevice() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        int result = NativeCalls.close(fd);
        if (result < 0) {
            throw new IllegalStateException(DEVICE + " close: errno " + -result);
        }
    }

    private static int mountDirectly(Path target, FuseOptions options) throws IOException {
        int fd = NativeCalls.open(DEVICE, NativeCalls.O_RDWR | NativeCalls.O_CLOEXEC);
        if (fd < 0) {
            throw failure("open " + DEVICE, fd);
        }
        String data = "fd=" + fd + ",rootmode=40000,user_id=" + NativeCalls.geteuid() + ",group_id="
                + NativeCalls.getegid() + ",default_permissions"
                + (options.allowOther() ? ",allow_other" : "")
                + (options.blockDevice() ? ",blksize=4096" : "");
        String type = (options.blockDevice() ? "fuseblk." : "fuse.") + SUBTYPE;
        int result = NativeCalls.mount(options.source(), target.toString(), type, options.mountFlags(), data);
        if (result < 0) {
            NativeCalls.close(fd);
            throw failure("mount " + options.source() + " on " + target + " as " + type, result);
        }
        return fd;
    }

    private static int mountViaHelper(Path target, FuseOptions options) throws IOException {
        if (options.blockDevice()) {
            throw new IOException("only root can mount a block device");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            int made = NativeCalls.socketpair(pair);
            if (made < 0) {
                throw failure("socketpair", made);
            }
            int ours = pair.getAtIndex(JAVA_INT, 0);
            int theirs = pair.getAtIndex(JAVA_INT, 1);
            int fd;
            try {
                List<String> environment = new ArrayList<>(List.of(environment()));
                environment.add("_FUSE_COMMFD=" + theirs);
                String[] arguments = {HELPER, "-o", helperOptions(options), "--", target.toString()};
                int status;
                try {
                    status = run(arguments, environment.toArray(String[]::new));
                } finally {
                    NativeCalls.close(theirs);
                }
                if (status != 0) {
                    throw new IOException(HELPER + " could not mount on " + target + ": "
                            + (status < 0 ? Errno.of(-status).text() : "wait status " + status));
                }
                fd = receiveDescriptor(arena, ours);
            } finally {
                NativeCalls.close(ours);
            }
            return fd;
        }
    }

    private static String helperOptions(FuseOptions options) {
        return ((options.mountFlags() & NativeCalls.MS_RDONLY) != 0 ? "ro" : "rw")
                + ",fsname=" + options.source().replace("\\", "\\\\").replace(",", "\\,")
                + ",subtype=" + SUBTYPE + ",default_permissions"
                + ((options.mountFlags() & NativeCalls.MS_NOSUID) != 0 ? ",nosuid" : "")
                + ((options.mountFlags() & NativeCalls.MS_NODEV) != 0 ? ",nodev" : "")
                + (options.allowOther() ? ",allow_other" : "");
    }

    /**
     * One byte comes with the descriptor attached.
     *
     * <p>{@code msghdr}: name@0 namelen@8 iov@16 iovlen@24 control@32 controllen@40 flags@48; control message: len u64@0 level@8
     * type@12 descriptor@16.
     */
    private static int receiveDescriptor(Arena arena, int socket) throws IOException {
        MemorySegment iov = arena.allocate(16, 8);
        iov.set(ADDRESS, 0, arena.allocate(JAVA_BYTE, 1));
        iov.set(JAVA_LONG, 8, 1);
        MemorySegment control = arena.allocate(24, 8);
        MemorySegment message = arena.allocate(56, 8);
        message.set(ADDRESS, 16, iov);
        message.set(JAVA_LONG, 24, 1);
        message.set(ADDRESS, 32, control);
        message.set(JAVA_LONG, 40, control.byteSize());
        long n = NativeCalls.recvmsg(socket, message);
        if (n < 0) {
            throw failure("recvmsg", (int) n);
        }
        if (n == 0 || control.get(JAVA_LONG, 0) != 20 || control.get(JAVA_INT, 12) != 1) {
            throw new IOException(HELPER + " mounted but passed no descriptor");
        }
        return control.get(JAVA_INT, 16);
    }

    private static int run(String[] arguments, String[] environment) {
        int pid = NativeCalls.spawn(arguments[0], arguments, environment);
        if (pid < 0) {
            return pid;
        }
        int status;
        do {
            status = NativeCalls.waitpid(pid);
        } while (status == -Errno.EINTR.number());
        return status;
    }

    private static String[] environment() {
        String path = System.getenv("PATH");
        return new String[] {"PATH=" + (path == null ? "/usr/bin:/bin" : path)};
    }

    private static IOException failure(String what, int negatedErrno) {
        return new IOException(what + ": " + Errno.of(-negatedErrno).text() + " (errno " + -negatedErrno + ")");
    }
}
