package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Elections while datagrams are lost, late, doubled and out of order, hosts are cut off from each other, storage dawdles, fencing fails,
 * and mounts crash, leave and come back: never two servers that could both write, and a server soon after all that is over.
 */
class ElectionChaosTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 42);

    /** More for a soak: {@code -Dscoutfs.rounds=300}. */
    private static final int ROUNDS = Integer.getInteger("scoutfs.rounds", 40);

    private static final int STEPS = 40;

    /** Heartbeat timeout, fencing, and as many split votes as can be expected. */
    private static final long LEADER_WITHIN_MS = 20_000;

    private static final long STABLE_MS = 3_000;

    private static final Logger QUIET = Logger.getLogger("org.scoutfs.quorum");

    @BeforeEach
    void quiet() {
        QUIET.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        QUIET.setLevel(null);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 15})
    void oneServerAtATimeAndSoonOneAgain(int slots) throws Exception {
        for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
            System.out.println("scoutfs.seed=" + seed + " slots " + slots);
            try (ChaosCluster cluster = new ChaosCluster(seed, slots)) {
                for (int slot = 0; slot < slots; slot++) {
                    cluster.start(slot);
                }
                for (int step = 0; step < STEPS; step++) {
                    cluster.step();
                }
                cluster.calm();
                ChaosCluster.Mount leader = awaitLeader(cluster, seed);
                cluster.advanceMs(10_000);
                assertThat(cluster.leader()).as("seed %d: stays", seed).isSameAs(leader);
                assertThat(cluster.ups).as("seed %d", seed).isPositive();
            }
        }
    }

    /** Whoever has led for a while; one that is being replaced may lead for a moment. */
    private static ChaosCluster.Mount awaitLeader(ChaosCluster cluster, long seed) throws Exception {
        ChaosCluster.Mount leader = null;
        long since = 0;
        for (long ms = 0; leader == null || ms - since < STABLE_MS; ms += 100) {
            assertThat(ms).as("seed %d: ms without a leader: %s", seed, cluster).isLessThan(LEADER_WITHIN_MS);
            cluster.advanceMs(100);
            cluster.remountTheDead();
            ChaosCluster.Mount now = cluster.leader();
            since = now == leader ? since : ms;
            leader = now;
        }
        return leader;
    }
}
