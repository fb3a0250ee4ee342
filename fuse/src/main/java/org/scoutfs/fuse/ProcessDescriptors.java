package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.ioctl.CallerDescriptors;

/**
 * Descriptors of a thread that sleeps until we answer, as {@code /proc} shows them: a stat of the file would come back to us (spec 5 section
 * 2.3). Another thread of the process may close one or open it anew at any time, as it may during the system call itself.
 */
final class ProcessDescriptors implements CallerDescriptors {
    private static final int O_PATH = 010000000;

    private final int tid;
    private final String device;

    /**
     * @param tid of the caller, 0 if the kernel could not tell
     * @param device MAJ:MIN of this mount
     */
    ProcessDescriptors(int tid, String device) {
        this.tid = tid;
        this.device = device;
    }

    @Override
    public long ino(long descriptor) throws FsException {
        if (tid == 0 || descriptor < 0 || descriptor > Integer.MAX_VALUE) {
            throw new FsException(Errno.EBADF);
        }
        Info info = read((int) descriptor);
        if ((info.flags & O_PATH) != 0) {
            throw new FsException(Errno.EBADF);
        }
        if (!isHere(info.mountId)) {
            throw new FsException(Errno.EXDEV);
        }
        return info.ino;
    }

    private record Info(int flags, int mountId, long ino) {}

    private Info read(int descriptor) throws FsException {
        Path file = Path.of("/proc", Integer.toString(tid), "fdinfo", Integer.toString(descriptor));
        try {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            String ino = value(text, "ino");
            if (ino.isEmpty()) {
                throw new FsException(
                        Errno.EOPNOTSUPP, file + " does not tell the inode: moving blocks needs Linux 5.14 or newer");
            }
            return new Info(
                    Integer.parseInt(value(text, "flags"), 8),
                    Integer.parseInt(value(text, "mnt_id")),
                    Long.parseUnsignedLong(ino));
        } catch (IOException e) {
            throw new FsException(Errno.EBADF, "no descriptor " + descriptor, e);
        } catch (NumberFormatException e) {
            throw new FsException(Errno.EBADF, file + " cannot be understood", e);
        }
    }

    private static String value(String text, String name) {
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    /** The caller may have another mount namespace than we have, or a root from which not all mounts are seen. */
    private boolean isHere(int mountId) {
        try {
            MountTable.Entry entry = MountTable.ofThread(tid).withId(mountId);
            return isThis(entry != null ? entry : MountTable.read().withId(mountId));
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isThis(MountTable.@Nullable Entry entry) {
        return entry != null && entry.device().equals(device);
    }
}
