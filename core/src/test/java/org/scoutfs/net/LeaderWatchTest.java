package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.format.wire.Command;

/** A server stops to answer, but its host keeps the connection. */
class LeaderWatchTest {
    private final long seed = Seeds.next("LeaderWatchTest");
    private final List<String> outcomes = Collections.synchronizedList(new ArrayList<>());

    @Test
    void requestsGoToTheLaterServerWhenOneLeads() throws Exception {
        try (ClientFixture client = new ClientFixture(seed).start()) {
            client.run(() -> {
                try (RawPeer hung = client.greeted(1)) {
                    client.call(outcomes, Command.STATFS);
                    hung.read();
                    client.host.clock().sleep(60_000_000_000L);
                    assertThat(outcomes).as("nobody else leads").isEmpty();
                    elect(client, 2);
                    long elected = client.nowMs();
                    try (RawPeer next = client.greeted(2)) {
                        assertThat(client.nowMs() - elected).isLessThanOrEqualTo(LeaderWatch.LOOK_MS + 100);
                        next.response(2, 0, next.read().header().id(), Command.STATFS, new byte[56]);
                        client.host.clock().sleep(1_000_000_000L);
                        assertThat(outcomes).containsExactly("STATFS 56");
                    }
                }
            });
        }
    }

    @Test
    void greetingThatIsNotAnsweredEndsToo() throws Exception {
        try (ClientFixture client = new ClientFixture(seed).start()) {
            client.run(() -> {
                try (RawPeer hung = client.accept()) {
                    hung.read();
                    elect(client, 2);
                    try (RawPeer _ = client.greeted(2)) {
                        client.host.clock().sleep(1_000_000_000L);
                        assertThat(client.takeLog()).containsExactly("connected 10.0.0.1:4000 term 2 new");
                    }
                }
            });
        }
    }

    /** What the quorum blocks say may be older than what the server says. */
    @Test
    void staleBlocksDoNotEndAConnection() throws Exception {
        try (ClientFixture client = new ClientFixture(seed).start()) {
            client.run(() -> {
                try (RawPeer server = client.greeted(3)) {
                    elect(client, 2);
                    client.host.clock().sleep(60_000_000_000L);
                    client.call(outcomes, Command.STATFS);
                    assertThat(server.read().command()).isEqualTo(Command.STATFS);
                }
            });
        }
    }

    private static void elect(ClientFixture client, long term) {
        ServerLocator.Location before = Objects.requireNonNull(client.location);
        client.location = new ServerLocator.Location(before.address(), term);
    }
}
