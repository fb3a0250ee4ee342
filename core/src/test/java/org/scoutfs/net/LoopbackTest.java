package org.scoutfs.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.host.Host;

/** Both ends in one process over real sockets, as in every mount that leads. */
@Timeout(30)
class LoopbackTest {
    private static final VolumeIdentity VOLUME = new VolumeIdentity(7, 2);
    private static final long RID = 99;

    private final Counters counters = new Counters();
    private final AtomicLong lastSeq = new AtomicLong();
    private final CountDownLatch attached = new CountDownLatch(1);
    private final AtomicReference<Association> association = new AtomicReference<>();

    private final class Events implements ServerEvents {
        @Override
        public Admission admit(Greeting greeting, InetAddr peer) {
            return Admission.WELCOME;
        }

        @Override
        public void attached(Association attachedNow, boolean firstContact) {
            association.set(attachedNow);
            attached.countDown();
        }

        @Override
        public void reconnectTimedOut(long rid, InetAddr lastPeer) {}

        @Override
        public void listenerFailed(FsException failure) {}
    }

    private void run(Body body) throws Exception {
        try (Host host = Host.system();
                ServerNetwork server =
                        ServerNetwork.bind(host, VOLUME, InetAddr.parse("127.0.0.1", 0), 24_000, counters)) {
            server.start(
                    1,
                    Map.of(
                            Command.ALLOC_INODES,
                            request -> request.reply(new AllocInodes(Payloads.u64(request.payload()), 1).toBytes()),
                            Command.GET_ROOTS,
                            request -> request.reply(new byte[72]),
                            Command.GET_LAST_SEQ,
                            request -> {
                                request.reply(Payloads.ofU64(lastSeq.incrementAndGet()));
                                if (request.id() % 20 == 0) {
                                    request.closeConnection("the test wants it so");
                                }
                            }),
                    new Events());
            InetAddr address = server.address();
            try (ClientNetwork client = new ClientNetwork(
                    host,
                    VOLUME,
                    RID,
                    true,
                    24_000,
                    () -> new ServerLocator.Location(address, 1),
                    () -> true,
                    Map.of(Command.SYNC_LOG_TREES, Request::reply),
                    ClientEvents.NONE,
                    counters)) {
                client.start();
                body.run(server, client);
            }
            assertThat(host.threads().uncaught()).isZero();
        }
    }

    private interface Body {
        void run(ServerNetwork server, ClientNetwork client) throws Exception;
    }

    @Test
    void manyCallersGetTheirOwnAnswers() throws Exception {
        run((server, client) -> {
            List<Thread> callers = new ArrayList<>();
            AtomicInteger right = new AtomicInteger();
            for (int caller = 0; caller < 32; caller++) {
                long first = caller * 1000L;
                callers.add(Thread.ofVirtual().start(() -> {
                    for (long i = first; i < first + 200; i++) {
                        try {
                            byte[] answer = client.call(Command.ALLOC_INODES, Payloads.ofU64(i));
                            if (AllocInodes.of(answer).ino() == i) {
                                right.incrementAndGet();
                            }
                        } catch (FsException e) {
                            throw new AssertionError(e);
                        }
                    }
                }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(right.get()).isEqualTo(32 * 200);
        });
    }

    /** Real threads and sockets, and a connection that breaks every few requests. */
    @Test
    void everyCallIsAnsweredOnceThoughConnectionsBreak() throws Exception {
        run((server, client) -> {
            List<Thread> callers = new ArrayList<>();
            Set<Long> answers = ConcurrentHashMap.newKeySet();
            for (int caller = 0; caller < 16; caller++) {
                callers.add(Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 250; i++) {
                        try {
                            answers.add(Payloads.u64(client.call(Command.GET_LAST_SEQ, Payloads.EMPTY)));
                        } catch (FsException e) {
                            throw new AssertionError(e);
                        }
                    }
                }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(answers).hasSize(16 * 250);
            assertThat(lastSeq.get()).isEqualTo(16 * 250);
        });
    }

    @Test
    void serverAsksManyThingsAtOnce() throws Exception {
        run((server, client) -> {
            attached.await();
            int many = 5_000;
            CountDownLatch answered = new CountDownLatch(many);
            for (int i = 0; i < many; i++) {
                server.send(RID, Command.SYNC_LOG_TREES, Payloads.EMPTY, response -> answered.countDown());
            }
            answered.await();
            client.call(Command.GET_ROOTS, Payloads.EMPTY);
            assertThat(association.get().unfinished()).hasSizeLessThan(2);
        });
    }

    /** Not a benchmark: prints what a round trip costs here, and fails only when something is badly wrong. */
    @Test
    void roundTripsAreShort() throws Exception {
        run((server, client) -> {
            int rounds = 3_000;
            for (int i = 0; i < rounds; i++) {
                client.call(Command.GET_ROOTS, Payloads.EMPTY);
            }
            long start = System.nanoTime();
            for (int i = 0; i < rounds; i++) {
                client.call(Command.GET_ROOTS, Payloads.EMPTY);
            }
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start) / rounds;
            System.out.println("round trip over loopback: " + micros + " us");
            assertThat(micros).isLessThan(20_000);
        });
    }
}
