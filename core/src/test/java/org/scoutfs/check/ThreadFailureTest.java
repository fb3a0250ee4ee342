package org.scoutfs.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.device.Access;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.Vfs;

/**
 * A mount of which any thread runs out of memory ends at once: callers get errors and do not wait, it closes, and what was synced is there
 * at the next mount.
 */
class ThreadFailureTest {
    private static final int PORT = 43162;
    private static final long META_BYTES = 64L << 30;
    private static final long DATA_BYTES = 1L << 30;

    /** Each with a commit: some seconds, in which every thread has something to do. */
    private static final int MAX_USES = 5000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scoutfs-commit",
                "scoutfs-quorum-",
                "net-handler",
                "net-connect",
                "net-serve",
                "net-send",
                "scoutfs-log-merge",
                "scoutfs-srch-compact",
                "orphan scan"
            })
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void endsTheMount(String thread) throws Exception {
        SmallVolume volume = SmallVolume.create(META_BYTES, DATA_BYTES, 0x778899L, PORT);
        byte[] contents = new byte[10_000];
        Arrays.fill(contents, (byte) 7);
        try (FailingHost host = new FailingHost()) {
            Mount mount = Mount.open(
                    host,
                    volume.meta().open(Access.READ_WRITE),
                    volume.data().open(Access.READ_WRITE),
                    MountOptions.parse("quorum_slot_nr=0,orphan_scan_delay_ms=100"));
            try (mount) {
                Vfs vfs = mount.vfs();
                vfs.forget(SmallVolume.write(vfs, Vfs.ROOT_INO, "synced", contents), 1);
                vfs.syncfs();
                mount.setSrchCompactDelayMs(1000);
                host.failIn(thread);
                useUntilForced(mount);
                assertThat(host.hasFailed()).as("failure of " + thread).isTrue();
                assertThat(mount.isForced()).as("forced").isTrue();
                assertThatThrownBy(() -> SmallVolume.write(vfs, Vfs.ROOT_INO, "late", contents))
                        .isInstanceOf(FsException.class);
                assertThatThrownBy(vfs::syncfs).isInstanceOf(FsException.class);
            }
        }
        try (Host host = Host.system()) {
            try (Mount mount = volume.mount(host)) {
                assertThat(SmallVolume.read(mount.vfs(), Vfs.ROOT_INO, "synced"))
                        .isEqualTo(contents);
            }
            assertThat(volume.check(host).problems()).isEmpty();
        }
    }

    /** Callers see errors, but none waits for ever: the bound is the test's time limit. */
    private static void useUntilForced(Mount mount) {
        Vfs vfs = mount.vfs();
        for (int i = 0; i < MAX_USES && !mount.isForced(); i++) {
            try {
                vfs.mkdir(SmallVolume.ROOT, Vfs.ROOT_INO, SmallVolume.name("load" + i), 0755);
                vfs.syncfs();
            } catch (FsException e) {
                // the mount is about to be forced
                Thread.onSpinWait();
            }
        }
    }
}
