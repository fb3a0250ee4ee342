package org.scoutfs.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.vfs.Vfs;

/** A full device gives ENOSPC; what is there stays readable, deleting makes room, and the volume is sound all along. */
class FullVolumeTest {
    private static final int PORT = 43160;
    private static final int CHUNK = 256 << 10;
    private static final long DATA_BYTES = 128L << 20;

    /** The least that a volume may have; only blocks that were written take memory. */
    private static final long META_BYTES = 64L << 30;

    @Test
    @Timeout(180)
    void aFullDataDeviceRefusesUntilSomethingIsDeleted() throws Exception {
        try (Host host = Host.system()) {
            SmallVolume volume = SmallVolume.create(META_BYTES, DATA_BYTES, 0x55667788L, PORT);
            int fits;
            try (Mount mount = volume.mount(host)) {
                Vfs vfs = mount.vfs();
                long dir = SmallVolume.mkdir(vfs, "full");
                fits = fill(vfs, dir, "a");
                assertThat((long) fits * CHUNK).isGreaterThan(DATA_BYTES / 2);
                assertThatThrownBy(() -> writeFile(vfs, dir, "more", 0))
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
                // Names and attributes need no data blocks.
                SmallVolume.mkdir(vfs, "still");
                verify(vfs, dir, "a", 0, fits);
                vfs.syncfs();
                for (int i = 0; i < fits / 2; i++) {
                    remove(vfs, dir, "a" + i);
                }
                awaitRoom(vfs, dir);
                verify(vfs, dir, "a", fits / 2, fits);
            }
            assertThat(volume.check(host).problems()).isEmpty();
            try (Mount mount = volume.mount(host)) {
                long dir = mount.vfs()
                        .lookup(SmallVolume.ROOT, 1, SmallVolume.name("full"))
                        .ino();
                verify(mount.vfs(), dir, "a", fits / 2, fits);
            }
        }
    }

    private static int fill(Vfs vfs, long dir, String prefix) throws FsException {
        for (int i = 0; ; i++) {
            try {
                writeFile(vfs, dir, prefix + i, i);
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
                remove(vfs, dir, prefix + i);
                return i;
            }
        }
    }

    private static void writeFile(Vfs vfs, long dir, String name, int seed) throws FsException {
        vfs.forget(SmallVolume.write(vfs, dir, name, contents(seed)), 1);
        if (seed % 32 == 0) {
            vfs.syncfs();
        }
    }

    /** A name whose lookups, also that of a creation that failed later, are all forgotten: only then the blocks are free. */
    private static void remove(Vfs vfs, long dir, String name) throws FsException {
        long ino = vfs.lookup(SmallVolume.ROOT, dir, SmallVolume.name(name)).ino();
        vfs.unlink(SmallVolume.ROOT, dir, SmallVolume.name(name));
        vfs.forget(ino, 3);
    }

    /** Deleted blocks come back with commits and the server's refill; the bound is the test's time limit. */
    private static void awaitRoom(Vfs vfs, long dir) throws Exception {
        for (int i = 0; ; i++) {
            try {
                writeFile(vfs, dir, "room" + i, 0);
                return;
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
                remove(vfs, dir, "room" + i);
                vfs.syncfs();
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private static void verify(Vfs vfs, long dir, String prefix, int from, int to) throws FsException {
        for (int i = from; i < to; i++) {
            assertThat(SmallVolume.read(vfs, dir, prefix + i)).isEqualTo(contents(i));
        }
    }

    private static byte[] contents(int file) {
        byte[] bytes = new byte[CHUNK];
        Arrays.fill(bytes, (byte) (file + 1));
        return bytes;
    }
}
