package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.TestHost;

/** Finding the server, and having the leaders before it fenced, from real blocks. */
class LeaderFinderTest {
    private static final long FSID = 0xabcdef0123456789L;
    private static final long OWN_RID = 9;

    private final TestHost host = TestHost.create(1);
    private final MetaDevice meta = new MetaDevice(MemoryDevice.create("meta", 1 << 20), host, 1);
    private final QuorumBlockFile blocks = new QuorumBlockFile(meta, FSID);
    private final Counters counters = new Counters();
    private QuorumConfig config = QuorumConfig.EMPTY;

    @BeforeEach
    void format() throws FsException {
        for (int slot = 0; slot < 3; slot++) {
            config = config.withSlot(slot, InetAddr.parse("10.0.0." + (slot + 1), 4000));
            blocks.write(slot, QuorumBlock.unused(FSID, slot));
        }
    }

    @AfterEach
    void close() {
        meta.close();
    }

    private void event(int slot, QuorumBlockEvent event, long rid, long term) throws FsException {
        blocks.write(slot, blocks.read(slot).withEvent(event, rid, term, Timespec.ZERO));
    }

    @Test
    void findsNobodyWhenAllHaveStopped() throws FsException {
        assertThat(new LeaderFinder(blocks, config).find()).isNull();
        event(1, QuorumBlockEvent.ELECT, 5, 3);
        event(1, QuorumBlockEvent.STOP, 5, 3);
        assertThat(new LeaderFinder(blocks, config).find()).isNull();
    }

    @Test
    void findsWhoWasElectedLast() throws FsException {
        event(0, QuorumBlockEvent.ELECT, 5, 3);
        event(2, QuorumBlockEvent.ELECT, 6, 4);
        event(1, QuorumBlockEvent.ELECT, 7, 5);
        event(1, QuorumBlockEvent.STOP, 7, 5);
        assertThat(new LeaderFinder(blocks, config).find())
                .isEqualTo(new LeaderFinder.Leader(2, 4, InetAddr.parse("10.0.0.3", 4000)));
    }

    @Test
    void failsWhenAPresentBlockCannotBeRead() throws FsException {
        LeaderFinder finder = new LeaderFinder(blocks, config.withSlot(3, InetAddr.parse("10.0.0.4", 4000)));
        Thread reader = host.threads().platform("reader", () -> {
            assertThatThrownBy(finder::find).isInstanceOf(CorruptionException.class);
        });
        while (reader.isAlive()) {
            host.advance(10_000_000);
            Thread.onSpinWait();
        }
        assertThat(host.failures()).isEmpty();
    }

    @Test
    void hasEarlierLeadersFencedAndWaits() throws FsException {
        event(1, QuorumBlockEvent.ELECT, 100, 4);
        event(2, QuorumBlockEvent.ELECT, OWN_RID, 5);
        List<String> calls = new ArrayList<>();
        FenceHook hook = new FenceHook() {
            @Override
            public void request(long rid, InetAddr address) {
                calls.add(rid + " at " + address);
            }

            @Override
            public void awaitAll(long timeoutMs) {
                calls.add("wait " + timeoutMs);
            }
        };
        new EarlierLeaders(blocks, config, FSID, OWN_RID, counters).fence(5, hook);
        assertThat(calls).containsExactly("100 at 10.0.0.2:4000", "wait 15000");
        assertThat(counters.get("quorum_fence_leader").get()).isEqualTo(1);
    }

    /** Its ELECT was long on its way, and whoever leads now read the blocks before it arrived. */
    @Test
    void whoeverIsElectedInALaterTermEndsTheStartAlsoIfThatOneHasStopped() throws FsException {
        event(1, QuorumBlockEvent.ELECT, OWN_RID, 4);
        event(2, QuorumBlockEvent.ELECT, 100, 5);
        event(2, QuorumBlockEvent.STOP, 100, 5);
        event(0, QuorumBlockEvent.ELECT, 101, 3);
        FenceHook hook = new FenceHook() {
            @Override
            public void request(long rid, InetAddr address) {
                throw new AssertionError("nobody is to be fenced by a late leader");
            }

            @Override
            public void awaitAll(long timeoutMs) {
                throw new AssertionError("nothing to wait for");
            }
        };
        EarlierLeaders earlier = new EarlierLeaders(blocks, config, FSID, OWN_RID, counters);
        assertThatThrownBy(() -> earlier.fence(4, hook))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE))
                .hasMessage("slot 2 was elected in term 5, this server of term 4 comes too late");
    }

    @Test
    void failedFencingIsAFailedStart() {
        FenceHook hook = new FenceHook() {
            @Override
            public void request(long rid, InetAddr address) {}

            @Override
            public void awaitAll(long timeoutMs) throws FsException {
                throw new FsException(Errno.EIO, "the agent reported an error");
            }
        };
        EarlierLeaders earlier = new EarlierLeaders(blocks, config, FSID, OWN_RID, counters);
        assertThatThrownBy(() -> earlier.fence(5, hook)).hasMessage("the agent reported an error");
        assertThat(counters.get("quorum_fence_error").get()).isEqualTo(1);
    }
}
