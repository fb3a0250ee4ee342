package org.scoutfs.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Modes;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.vfs.Vfs;

/**
 * A full metadata device (spec 2 section 4.8, spec 4 section 15 row 143): what would need more gets ENOSPC at once, everything that is
 * there stays, deleting works and makes room, and the volume is sound all along.
 */
class FullMetadataTest {
    private static final int PORT = 43161;

    /** Server and mount keep 34,681 of these 60,416 blocks back and have 24,555 in their lists, the rest can be used. */
    private static final long META_BYTES = 3776L << 20;

    private static final long DATA_BYTES = 1L << 30;

    /** Most of a block each. */
    private static final int VALUE_BYTES = 60_000;

    private static final byte[] BIG = "user.big".getBytes(UTF_8);

    private static final byte[] SMALL = "user.small".getBytes(UTF_8);
    private static final int CHUNK = 64 << 10;

    /** Refusals in a row, with a commit after each, that mean that nothing the system does by itself makes room any more. */
    private static final int FULL = 20;

    @TempDir
    private Path dir;

    private int serial;

    /** Names of files that have their attribute. */
    private final Map<String, Long> complete = new HashMap<>();

    @Test
    @Timeout(300)
    void refusesUntilSomethingIsDeleted() throws Exception {
        FileVolume volume = FileVolume.create(dir, META_BYTES, DATA_BYTES, PORT);
        try (Host host = Host.system()) {
            try (Mount mount = volume.mount(host)) {
                Vfs vfs = mount.vfs();
                long full = SmallVolume.mkdir(vfs, "full");
                long keeper = makeKeeper(vfs);
                fill(vfs, full);
                assertThat(complete).hasSizeGreaterThan(500);
                refusesWhatNeedsSpace(vfs, full);
                allowsWhatNeedsNone(vfs, full, keeper);
                verify(vfs);
                removeHalf(vfs, full);
                makeAgain(vfs, full, "again");
                verify(vfs);
                fill(vfs, full);
            }
            assertThat(volume.check(host).problems()).isEmpty();
            try (Mount mount = volume.mount(host)) {
                Vfs vfs = mount.vfs();
                long full = lookup(vfs, Vfs.ROOT_INO, "full");
                verify(vfs);
                removeHalf(vfs, full);
                makeAgain(vfs, full, "once more");
                verify(vfs);
            }
            assertThat(volume.check(host).problems()).isEmpty();
        }
    }

    private static long makeKeeper(Vfs vfs) throws FsException {
        long ino = SmallVolume.write(vfs, Vfs.ROOT_INO, "keeper", new byte[CHUNK]);
        vfs.setxattr(SmallVolume.ROOT, ino, SMALL, BIG, 0, false);
        return ino;
    }

    private void fill(Vfs vfs, long dir) throws FsException {
        int refused = 0;
        while (refused < FULL) {
            if (add(vfs, dir, "f" + serial++)) {
                refused = 0;
            } else {
                refused++;
                vfs.syncfs();
            }
        }
    }

    /** False: there was no room; then the file is gone again. */
    private boolean add(Vfs vfs, long dir, String name) throws FsException {
        long ino;
        try {
            ino = SmallVolume.write(vfs, dir, name, new byte[0]);
        } catch (FsException e) {
            assertThat(e.errno()).as(name + ": " + e).isEqualTo(Errno.ENOSPC);
            return false;
        }
        try {
            vfs.setxattr(SmallVolume.ROOT, ino, BIG, value(ino), 0, false);
            complete.put(name, ino);
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).as(name + ": " + e).isEqualTo(Errno.ENOSPC);
            vfs.unlink(SmallVolume.ROOT, dir, SmallVolume.name(name));
            return false;
        } finally {
            vfs.forget(ino, 1);
        }
    }

    private interface Operation {
        void run() throws FsException;
    }

    private void refusesWhatNeedsSpace(Vfs vfs, long dir) throws FsException {
        long ino = complete.values().iterator().next();
        byte[] name = SmallVolume.name("more");
        refuses("create", () -> vfs.create(SmallVolume.ROOT, dir, name, 0644, Modes.O_WRONLY));
        refuses("mknod", () -> vfs.mknod(SmallVolume.ROOT, dir, name, 0010644, 0));
        refuses("mkdir", () -> vfs.mkdir(SmallVolume.ROOT, dir, name, 0755));
        refuses("symlink", () -> vfs.symlink(SmallVolume.ROOT, dir, name, name));
        refuses("rename", () -> vfs.rename(SmallVolume.ROOT, Vfs.ROOT_INO, SmallVolume.name("keeper"), dir, name, 0));
        refuses("link", () -> vfs.link(SmallVolume.ROOT, ino, dir, name));
        refuses("setxattr", () -> vfs.setxattr(SmallVolume.ROOT, ino, "user.x".getBytes(UTF_8), name, 0, false));
    }

    private static void refuses(String what, Operation operation) {
        try {
            operation.run();
        } catch (FsException e) {
            assertThat(e.errno()).as(what).isEqualTo(Errno.ENOSPC);
            assertThat(e.getMessage()).as(what).contains("metadata device", "delete", "enlarge");
            return;
        }
        throw new AssertionError(what + " found space");
    }

    private void allowsWhatNeedsNone(Vfs vfs, long dir, long keeper) throws FsException {
        vfs.setattr(SmallVolume.ROOT, keeper, AttributeChanges.NONE.withMode(0600));
        vfs.setattr(SmallVolume.ROOT, keeper, AttributeChanges.NONE.withSize(1));
        vfs.removexattr(SmallVolume.ROOT, keeper, SMALL);
        assertThat(vfs.listxattr(SmallVolume.ROOT, keeper)).isEmpty();
        assertThat(vfs.getattr(keeper).size()).isEqualTo(1);
        Map.Entry<String, Long> victim = complete.entrySet().iterator().next();
        complete.remove(victim.getKey());
        Attributes found = vfs.lookup(SmallVolume.ROOT, dir, SmallVolume.name(victim.getKey()));
        vfs.access(SmallVolume.ROOT, found.ino(), 4);
        assertThat(vfs.statfs().freeBlocks()).isNotNegative();
        vfs.unlink(SmallVolume.ROOT, dir, SmallVolume.name(victim.getKey()));
        vfs.forget(found.ino(), 1);
        vfs.syncfs();
    }

    private void verify(Vfs vfs) throws FsException {
        long dir = lookup(vfs, Vfs.ROOT_INO, "full");
        for (Map.Entry<String, Long> file : complete.entrySet()) {
            long ino = lookup(vfs, dir, file.getKey());
            assertThat(ino).isEqualTo(file.getValue());
            assertThat(vfs.getxattr(SmallVolume.ROOT, ino, BIG)).isEqualTo(value(ino));
            vfs.forget(ino, 1);
        }
    }

    private void removeHalf(Vfs vfs, long dir) throws FsException {
        int left = complete.size() / 2;
        for (String name : complete.keySet().stream().limit(left).toList()) {
            long ino = lookup(vfs, dir, name);
            vfs.unlink(SmallVolume.ROOT, dir, SmallVolume.name(name));
            vfs.forget(ino, 1);
            complete.remove(name);
        }
    }

    /** Room comes with commits and log merges; the bound is the test's time limit. */
    private void makeAgain(Vfs vfs, long dir, String name) throws FsException {
        int wanted = complete.size() / 2;
        for (int i = 0; i < wanted; ) {
            if (add(vfs, dir, name + i)) {
                i++;
            } else {
                vfs.syncfs();
            }
        }
    }

    private static long lookup(Vfs vfs, long dir, String name) throws FsException {
        return vfs.lookup(SmallVolume.ROOT, dir, SmallVolume.name(name)).ino();
    }

    /** Differs from file to file. */
    private static byte[] value(long ino) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) (ino * 31 + 7));
        return value;
    }
}
