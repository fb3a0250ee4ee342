package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;
import org.scoutfs.format.wire.NetHeader;

/** How a client connects and greets, and whom it believes (spec 3 section 4.4). */
class ClientGreetingTest {
    private static final long SEED = Long.getLong("scoutfs.seed", 1);

    private static Greeting greeting(long term, long flags) {
        return new Greeting(
                ClientFixture.VOLUME.fsid(), ClientFixture.VOLUME.formatVersion(), term, ClientFixture.RID, flags);
    }

    private static byte[] lock(long group, LockMode from, LockMode to) {
        return new LockMessage(new Key(16, group * 1024, 0, 0, 0, 0), 0, from, to).toBytes();
    }

    private static NetHeader header(long seq, long recvSeq, long id, int length, Command command) {
        return new NetHeader(seq, recvSeq, id, length, command.number(), 0, 0);
    }

    @Test
    void greetingComesFirstThoughALockRequestWasQueuedBefore() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).create()) {
            client.run(() -> {
                client.network().send(Command.LOCK, lock(0, LockMode.NULL, LockMode.READ), ResponseHandler.IGNORE);
                client.network().start();
                try (RawPeer server = client.accept()) {
                    Frame greeting = server.read();
                    assertThat(greeting.header()).isEqualTo(header(2, 0, 2, 40, Command.GREETING));
                    assertThat(Greeting.of(greeting.payload())).isEqualTo(greeting(0, Greeting.FLAG_QUORUM));
                    ClientFixture.answer(server, greeting, 1);
                    assertThat(server.read().header()).isEqualTo(header(1, 0, 1, 48, Command.LOCK));
                }
            });
            assertThat(client.takeLog()).startsWith("connected 10.0.0.1:4000 term 1 new");
        }
    }

    @Test
    void retriesEveryHundredMillisecondsUntilSomebodyListens() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).create()) {
            client.run(() -> {
                client.stopListening();
                client.network().start();
                client.host.clock().sleep(1_040_000_000L);
                client.location = null;
                client.host.clock().sleep(1_000_000_000L);
                client.listen();
                client.location = new ServerLocator.Location(InetAddr.parse("10.0.0.1", 4000), 1);
                long start = client.nowMs();
                client.greeted(1).close();
                assertThat(client.nowMs() - start).isLessThanOrEqualTo(100);
            });
        }
    }

    @Test
    void comesBackAtOnceAfterAGreetingAndLaterWithoutOne() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                client.greeted(1).close();
                long broken = client.nowMs();
                RawPeer ungreeted = client.accept();
                assertThat(client.nowMs()).isEqualTo(broken);
                ungreeted.read();
                ungreeted.close();
                client.accept().close();
                assertThat(client.nowMs()).isEqualTo(broken + 100);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"error", "length", "fsid", "version", "rid", "id", "request", "other"})
    void wrongAnswerToTheGreetingIsTriedAgain(String what) throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.accept()) {
                    long id = server.read().header().id();
                    long fsid = ClientFixture.VOLUME.fsid();
                    Greeting wrong = switch (what) {
                        case "fsid" -> new Greeting(fsid + 1, 2, 1, ClientFixture.RID, 0);
                        case "version" -> new Greeting(fsid, 1, 1, ClientFixture.RID, 0);
                        case "rid" -> new Greeting(fsid, 2, 1, 5, 0);
                        default -> greeting(1, 0);
                    };
                    switch (what) {
                        case "error" -> server.error(1, 0, id, Command.GREETING, 5);
                        case "length" -> server.response(1, 0, id, Command.GREETING, new byte[32]);
                        case "id" -> server.response(1, 0, id + 1, Command.GREETING, wrong.toBytes());
                        case "request" -> server.request(1, 0, id, Command.GREETING, wrong.toBytes());
                        case "other" -> server.request(1, 0, 1, Command.SYNC_LOG_TREES);
                        default -> server.response(1, 0, id, Command.GREETING, wrong.toBytes());
                    }
                    assertThat(server.isClosed()).isTrue();
                }
                client.greeted(1).close();
            });
            assertThat(client.takeLog()).startsWith("connected 10.0.0.1:4000 term 1 new", "disconnected");
        }
    }

    @Test
    void firstGreetingWithoutAnswerIsRepeatedWithTheServersTermIfTheServerProcessedIt() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).create()) {
            client.location = new ServerLocator.Location(InetAddr.parse("10.0.0.1", 4000), 7);
            client.run(() -> {
                client.network().start();
                RawPeer lost = client.accept();
                lost.read();
                lost.close();
                RawPeer again = client.accept();
                assertThat(Greeting.of(again.read().payload()).serverTerm()).isZero();
                client.mounted = true;
                again.close();
                RawPeer third = client.accept();
                assertThat(Greeting.of(third.read().payload()).serverTerm()).isEqualTo(7);
                client.location = new ServerLocator.Location(InetAddr.parse("10.0.0.1", 4000), 8);
                third.close();
                RawPeer next = client.accept();
                assertThat(Greeting.of(next.read().payload()).serverTerm()).isEqualTo(7);
                next.close();
            });
        }
    }

    @Test
    void slowGreetingIsWaitedFor() throws Exception {
        try (ClientFixture client = new ClientFixture(SEED).start()) {
            client.run(() -> {
                try (RawPeer server = client.accept()) {
                    Frame greeting = server.read();
                    client.host.clock().sleep(TimeUnit.SECONDS.toNanos(55));
                    ClientFixture.answer(server, greeting, 1);
                    client.host.clock().sleep(1_000_000);
                }
            });
            assertThat(client.takeLog()).startsWith("connected 10.0.0.1:4000 term 1 new");
        }
    }
}
