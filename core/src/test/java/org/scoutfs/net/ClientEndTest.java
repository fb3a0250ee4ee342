package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.Payloads;

/** How a client leaves, is forced to, or learns that it was evicted (spec 3 sections 4.6 and 7). */
class ClientEndTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 1);
    private static final byte[] WISH = Payloads.ofU64(10240);

    private final List<String> outcomes = Collections.synchronizedList(new ArrayList<>());

    private static Greeting greeting(long term, long flags) {
        return new Greeting(
                ClientFixture.VOLUME.fsid(), ClientFixture.VOLUME.formatVersion(), term, ClientFixture.RID, flags);
    }

    @Test
    void greetedAndClosedThreeTimesMeansEvicted() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                client.call(outcomes, Command.ALLOC_INODES, WISH);
                for (int i = 0; i < 3; i++) {
                    RawPeer server = client.greeted(1);
                    server.read();
                    server.close();
                }
                client.host.clock().sleep(1_000_000_000);
                assertThat(outcomes).containsExactly("ALLOC_INODES ECONNABORTED");
                assertThatThrownBy(() -> client.network().call(Command.STATFS, Payloads.EMPTY))
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOLINK));
            });
            assertThat(client.takeLog()).endsWith("evicted");
        }
    }

    @Test
    void connectionsThatLastAreNoSignOfEviction() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                for (int i = 0; i < 5; i++) {
                    try (RawPeer server = client.greeted(1)) {
                        client.host.clock().sleep(3_000_000_000L);
                        assertThat(server).isNotNull();
                    }
                }
                for (int i = 0; i < 5; i++) {
                    client.greeted(2 + i).close();
                }
            });
            assertThat(client.takeLog()).doesNotContain("evicted");
        }
    }

    @Test
    void refusedAndItemGoneMeansEvicted() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.mounted = true;
            client.run(() -> {
                client.greeted(1).close();
                for (int i = 0; i < 7; i++) {
                    RawPeer server = client.accept();
                    server.read();
                    server.close();
                }
                assertThat(client.takeLog()).doesNotContain("evicted");
                client.mounted = false;
                for (int i = 0; i < 2; i++) {
                    RawPeer server = client.accept();
                    server.read();
                    server.close();
                }
                client.host.clock().sleep(1_000_000_000);
            });
            assertThat(client.takeLog()).endsWith("evicted");
        }
    }

    @Test
    void farewellIsSaidAndAnswered() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.mounted = true;
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    Thread leaving = client.host.threads().virtual("leaving", client.network()::farewell);
                    Frame farewell = server.read();
                    assertThat(farewell.command()).isEqualTo(Command.FAREWELL);
                    client.host.clock().sleep(3_600_000_000L);
                    assertThat(leaving.isAlive()).isTrue();
                    server.response(2, 2, farewell.header().id(), Command.FAREWELL);
                    leaving.join();
                    client.network().close();
                    assertThat(server.isClosed()).isTrue();
                }
            });
        }
    }

    @Test
    void farewellIsRepeatedUntilTheItemIsGone() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.mounted = true;
            client.run(() -> {
                RawPeer server = client.greeted(1);
                Thread leaving = client.host.threads().virtual("leaving", client.network()::farewell);
                assertThat(server.read().command()).isEqualTo(Command.FAREWELL);
                server.close();
                RawPeer again = client.accept();
                Frame greeting = again.read();
                assertThat(Greeting.of(greeting.payload()))
                        .isEqualTo(greeting(1, Greeting.FLAG_QUORUM | Greeting.FLAG_FAREWELL));
                ClientFixture.answer(again, greeting, 2);
                assertThat(again.read().header().seq()).isEqualTo(2);
                client.lookupFailure = new FsException(Errno.ESTALE);
                again.close();
                RawPeer third = client.greeted(2);
                client.lookupFailure = null;
                client.mounted = false;
                third.close();
                leaving.join();
            });
            assertThat(client.lookups.get()).isGreaterThanOrEqualTo(3);
            assertThat(client.counters.get("client_farewell_error").get()).isZero();
        }
    }

    @Test
    void failedFarewellIsCountedAndEnds() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    Thread leaving = client.host.threads().virtual("leaving", client.network()::farewell);
                    server.error(2, 2, server.read().header().id(), Command.FAREWELL, 3);
                    leaving.join();
                }
            });
            assertThat(client.counters.get("client_farewell_error").get()).isEqualTo(1);
        }
    }

    @Test
    void whoNeverMetAServerLeavesSilently() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> client.network().farewell());
        }
    }

    @Test
    void forcedUnmountFailsEverythingAtOnce() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(1)) {
                    Thread call = client.call(outcomes, Command.ALLOC_INODES, WISH);
                    server.read();
                    Thread leaving = client.host.threads().virtual("leaving", client.network()::farewell);
                    server.read();
                    client.network().forceUnmount();
                    call.join();
                    leaving.join();
                    assertThat(server.isClosed()).isTrue();
                }
                assertThat(outcomes).containsExactly("ALLOC_INODES ECONNABORTED");
                assertThatThrownBy(() -> client.network().send(Command.STATFS, Payloads.EMPTY, ResponseHandler.IGNORE))
                        .isInstanceOfSatisfying(
                                FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOLINK));
            });
        }
    }
}
