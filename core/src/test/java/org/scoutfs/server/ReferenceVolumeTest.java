package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.device.Access;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.mount.GoldenVolume;

/** A server goes on where servers of the reference stopped. */
class ReferenceVolumeTest {
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[VolumeLayout.LARGE_BLOCK_SIZE]);

    @Test
    void mergesWhatTheReferenceLeft(@TempDir Path dir) throws Exception {
        GoldenVolume.unpack(dir);
        try (FileDevice image = FileDevice.open(dir.resolve("meta.img"), Access.READ_ONLY, Sharing.SHARED)) {
            VolumeCheck before = VolumeCheck.of(image);
            assertThat(before.logTrees).isNotEmpty();
            MemoryDevice meta = MemoryDevice.create("meta", image.sizeBytes());
            copy(image, meta, 0);
            copy(image, meta, 1);
            for (long blkno : before.usedMeta()) {
                copy(image, meta, blkno);
            }
            try (ServerRig rig = ServerRig.open(meta, 1)) {
                for (long rid : before.mounts) {
                    // As after fencing: the reference was killed.
                    rig.reclaim.reclaim(rid);
                }
                try (TestMount mount = rig.mount(0xa)) {
                    mount.get();
                    LogMergeTest.mergeAll(mount);
                    mount.sync();
                    LogMergeTest.mergeAll(mount);
                    rig.freeMerged();
                }
                VolumeCheck after = rig.check();
                assertThat(after.logTrees).hasSize(1);
                assertThat(after.status).isNull();
                assertThat(after.freeing).isEmpty();
                assertThat(after.items.keySet()).isEqualTo(before.items.keySet());
                after.items.forEach((key, value) -> assertThat(value).isEqualTo(before.items.get(key)));
                after.totals.values().removeIf(value -> value.total() == 0 && value.count() == 0);
                before.totals.values().removeIf(value -> value.total() == 0 && value.count() == 0);
                assertThat(after.totals).isEqualTo(before.totals);
                assertThat(before.leaks())
                        .as("known leaks of the reference, no new ones")
                        .containsAll(after.leaks());
            }
        }
    }

    private static void copy(FileDevice from, MemoryDevice to, long blkno) throws Exception {
        MemorySegment block = MemorySegment.ofArray(new byte[VolumeLayout.LARGE_BLOCK_SIZE]);
        from.read(VolumeLayout.largeOffset(blkno), block);
        if (block.mismatch(ZEROS) >= 0) {
            to.write(VolumeLayout.largeOffset(blkno), block);
        }
    }
}
