package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeStatus;

/** What mounts that ask for merge work get while the server is at it itself (race R55). */
class MergeRequestsTest {
    /** Splicing goes over several commits; between two of them a mount asks. Parents are moving: it must not get any of them. */
    @Test
    void nobodyGetsWorkBetweenTwoCommitsOfSplicing() throws Exception {
        try (ServerRig rig = ServerRig.create(1)) {
            rig.greet(0xa);
            ServerItems items = rig.context.items();
            Key first = Keys.inode(1);
            Key middle = Keys.inode(5000);
            rig.context.changes().commit(() -> {
                // All are replaced in fs_root, one is still to be finished; one range is left to do.
                items.insertMergeStatus(new LogMergeStatus(Key.ZERO, 0, LogMergeStatus.SPLICE_BATCH, 100));
                items.mergeRanges.put(Keys.mergeRange(middle), new LogMergeRange(middle, Key.MAX));
                items.mergeCompletes.insert(
                        Keys.mergeComplete(7),
                        new LogMergeComplete(
                                AllocListHead.EMPTY,
                                AllocListHead.EMPTY,
                                BtreeRoot.EMPTY,
                                first,
                                Keys.inode(4999),
                                Keys.inode(4999),
                                0xb,
                                7,
                                0));
                return true;
            });
            MergeRequests requests = new MergeRequests(rig.context);
            MergeRequests.Answer answer = rig.context.changes().look(() -> requests.handOut(0xa));
            assertThat(answer).isEqualTo(new MergeRequests.Answer.Splice());
        }
    }
}
