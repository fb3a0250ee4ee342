package org.scoutfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockRecover;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.ResizeDevices;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.format.wire.StatfsReply;
import org.scoutfs.host.Host;
import org.scoutfs.net.Association;
import org.scoutfs.net.ClientEvents;
import org.scoutfs.net.RequestHandler;
import org.scoutfs.net.ServerEvents;
import org.scoutfs.net.ServerLocator;
import org.scoutfs.net.ServerNetwork;
import org.scoutfs.net.VolumeIdentity;

/** Every request and every message of the server's, over real sockets to a server that the test plays. */
@Timeout(30)
class ServerClientTest {
    private static final VolumeIdentity VOLUME = new VolumeIdentity(7, 2);
    private static final long RID = 99;

    private final Host host = Host.system();
    private final Counters counters = new Counters();
    private final Map<Command, RequestHandler> handlers = new EnumMap<>(Command.class);
    private final CompletableFuture<Association> attached = new CompletableFuture<>();
    private final ServerNetwork server;
    private final ServerClient client;
    private final BlockingQueue<String> locks = new LinkedBlockingQueue<>();

    /** Answer to the next request of a command. */
    private final Map<Command, Object> answers = new EnumMap<>(Command.class);
    /** Payload of the last one. */
    private final Map<Command, byte[]> asked = new EnumMap<>(Command.class);

    ServerClientTest() throws Exception {
        server = ServerNetwork.bind(host, VOLUME, InetAddr.parse("127.0.0.1", 0), 24_000, counters);
        for (Command command : Command.values()) {
            if (command != Command.GREETING) {
                handlers.put(command, request -> {
                    Object answer;
                    synchronized (answers) {
                        asked.put(command, request.payload());
                        answer = answers.get(command);
                    }
                    if (answer instanceof Errno errno) {
                        request.replyError(errno);
                    } else {
                        request.reply(answer instanceof byte[] bytes ? bytes : Payloads.EMPTY);
                    }
                });
            }
        }
        server.start(3, handlers, new ServerEvents() {
            @Override
            public Admission admit(Greeting greeting, InetAddr peer) {
                return Admission.WELCOME;
            }

            @Override
            public void attached(Association association, boolean firstContact) {
                attached.complete(association);
            }

            @Override
            public void reconnectTimedOut(long rid, InetAddr lastPeer) {}

            @Override
            public void listenerFailed(FsException failure) {}
        });
        InetAddr address = server.address();
        client = new ServerClient(
                host,
                VOLUME,
                RID,
                false,
                24_000,
                () -> new ServerLocator.Location(address, 3),
                () -> true,
                ClientEvents.NONE,
                counters);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        assertThat(host.threads().uncaught()).isZero();
        host.close();
    }

    private void answer(Command command, Object answer) {
        synchronized (answers) {
            answers.put(command, answer);
        }
    }

    private byte[] asked(Command command) {
        synchronized (answers) {
            byte[] payload = asked.get(command);
            assertThat(payload).as("%s was asked", command).isNotNull();
            return payload;
        }
    }

    private static void assertErrno(ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void requestsCarryTheirStructures() throws Exception {
        client.start();
        answer(Command.ALLOC_INODES, new AllocInodes(5000, 100).toBytes());
        assertThat(client.allocInodes(10240)).isEqualTo(new AllocInodes(5000, 100));
        assertThat(Payloads.u64(asked(Command.ALLOC_INODES))).isEqualTo(10240);

        LogTrees trees = new LogTrees.Builder()
                .rid(RID)
                .nr(2)
                .getTransSeq(77)
                .inodeCountDelta(-4)
                .build();
        answer(Command.GET_LOG_TREES, Payloads.write(LogTrees.SIZE, trees::write));
        assertThat(client.getLogTrees()).isEqualTo(trees);
        client.commitLogTrees(trees);
        assertThat(Payloads.read(asked(Command.COMMIT_LOG_TREES), LogTrees.SIZE, LogTrees::read))
                .isEqualTo(trees);

        Roots roots = new Roots(new BtreeRoot(new BlockReference(5, 6), 1), BtreeRoot.EMPTY, BtreeRoot.EMPTY);
        answer(Command.GET_ROOTS, roots.toBytes());
        assertThat(client.getRoots()).isEqualTo(roots);

        answer(Command.GET_LAST_SEQ, Payloads.ofU64(123));
        assertThat(client.getLastSeq()).isEqualTo(123);

        StatfsReply statfs = new StatfsReply(new UUID(1, 2), 3, 4, 5, 6, 7);
        answer(Command.STATFS, statfs.toBytes());
        assertThat(client.statfs()).isEqualTo(statfs);

        OpenInoMap map = new OpenInoMap(new OpenInoMapArgs(9, 0), new long[OpenInoMap.WORDS]);
        map.bits()[3] = 8;
        answer(Command.OPEN_INO_MAP, map.toBytes());
        assertThat(client.openInoMap(9)).isEqualTo(map);
        assertErrno(() -> client.openInoMap(8), Errno.EIO);

        VolumeOptions options = VolumeOptions.NONE.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, 1 << 20);
        answer(Command.GET_VOLOPT, Payloads.write(VolumeOptions.SIZE, options::write));
        assertThat(client.getVolumeOptions()).isEqualTo(options);
        client.setVolumeOptions(options);
        client.clearVolumeOptions(options);
        assertThat(asked(Command.CLEAR_VOLOPT)).isEqualTo(asked(Command.SET_VOLOPT));

        client.resizeDevices(10, 20);
        assertThat(ResizeDevices.of(asked(Command.RESIZE_DEVICES))).isEqualTo(new ResizeDevices(10, 20));
    }

    @Test
    void workIsGivenOrThereIsNone() throws Exception {
        client.start();
        answer(Command.SRCH_GET_COMPACT, new byte[SrchCompact.SIZE]);
        assertThat(client.srchGetCompact()).isNull();
        SrchCompact work = new SrchCompact(
                AllocListHead.EMPTY,
                AllocListHead.EMPTY,
                5,
                2,
                SrchCompact.FLAG_LOG,
                SrchCompact.EMPTY.out(),
                List.of());
        answer(Command.SRCH_GET_COMPACT, Payloads.write(SrchCompact.SIZE, work::write));
        assertThat(client.srchGetCompact()).isEqualTo(work);
        answer(Command.SRCH_COMMIT_COMPACT, Errno.ENOENT);
        assertErrno(() -> client.srchCommitCompact(work), Errno.ENOENT);

        answer(Command.GET_LOG_MERGE, Errno.ENOENT);
        assertThat(client.getLogMerge()).isNull();
        answer(Command.GET_LOG_MERGE, Errno.EIO);
        assertErrno(client::getLogMerge, Errno.EIO);
        LogMergeRequest merge = new LogMergeRequest(
                AllocListHead.EMPTY,
                AllocListHead.EMPTY,
                BtreeRoot.EMPTY,
                BtreeRoot.EMPTY,
                Key.ZERO,
                Key.MAX,
                1,
                RID,
                2,
                0);
        answer(Command.GET_LOG_MERGE, Payloads.write(LogMergeRequest.SIZE, merge::write));
        assertThat(client.getLogMerge()).isEqualTo(merge);
        LogMergeComplete complete = new LogMergeComplete(
                AllocListHead.EMPTY, AllocListHead.EMPTY, BtreeRoot.EMPTY, Key.ZERO, Key.MAX, Key.MAX, RID, 2, 0);
        client.commitLogMerge(complete);
        assertThat(asked(Command.COMMIT_LOG_MERGE)).hasSize(LogMergeComplete.SIZE);
    }

    @Test
    void impossibleInodeNumbersAreRefused() throws Exception {
        client.start();
        answer(Command.ALLOC_INODES, new AllocInodes(5000, 0).toBytes());
        assertErrno(() -> client.allocInodes(10), Errno.ENOSPC);
        answer(Command.ALLOC_INODES, new AllocInodes(-5, 100).toBytes());
        assertErrno(() -> client.allocInodes(100), Errno.EINVAL);
    }

    /** Records what it is told and answers invalidations when the test says so. */
    private final class Locks implements LockMessageHandler {
        final BlockingQueue<Runnable> pending = new LinkedBlockingQueue<>();

        @Override
        public void granted(LockMessage grant) {
            locks.add("granted " + grant.newMode() + " seq " + grant.writeSeq());
        }

        @Override
        public void requestFailed(LockMessage request, FsException failure) {
            locks.add("failed " + failure.errno());
        }

        @Override
        public void invalidate(LockMessage request, Runnable answer) {
            locks.add("invalidate " + request.oldMode() + ">" + request.newMode());
            pending.add(answer);
        }

        @Override
        public List<LockMessage> recover(Key from, int limit) {
            locks.add("recover " + from + " " + limit);
            return List.of(new LockMessage(from, 5, 2, 2));
        }
    }

    @Test
    void serverAsksAboutLocksInodesAndCommits() throws Exception {
        Locks handler = new Locks();
        BlockingQueue<String> syncs = new LinkedBlockingQueue<>();
        client.setLocks(handler);
        client.setSyncLogTrees(() -> syncs.add("sync"));
        client.setOpenInodes(group -> {
            long[] bits = new long[OpenInoMap.WORDS];
            bits[0] = group;
            return bits;
        });
        client.start();
        Association toClient = attached.get(10, TimeUnit.SECONDS);
        Key key = new Key(16, 1024, 0, 0, 0, 0);

        answer(Command.LOCK, new LockMessage(key, 50, 0, 2).toBytes());
        client.requestLock(new LockMessage(key, 0, 0, 2));
        assertThat(locks.poll(10, TimeUnit.SECONDS)).isEqualTo("granted 2 seq 50");

        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        LockMessage invalidate = new LockMessage(key, 0, 2, 0);
        toClient.send(Command.LOCK, invalidate.toBytes(), response -> answer.complete(response.payload()));
        assertThat(locks.poll(10, TimeUnit.SECONDS)).isEqualTo("invalidate 2>0");
        assertThat(answer).isNotDone();
        Runnable done = handler.pending.poll(10, TimeUnit.SECONDS);
        assertThat(done).isNotNull();
        done.run();
        assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(invalidate.toBytes());

        byte[] recovered = toClient.call(Command.LOCK_RECOVER, Payloads.ofKey(key));
        assertThat(LockRecover.of(recovered).locks()).containsExactly(new LockMessage(key, 5, 2, 2));
        assertThat(locks.poll(10, TimeUnit.SECONDS)).isEqualTo("recover " + key + " " + LockRecover.MAX_LOCKS);

        OpenInoMapArgs args = new OpenInoMapArgs(77, 5);
        OpenInoMap map = OpenInoMap.of(toClient.call(Command.OPEN_INO_MAP, args.toBytes()));
        assertThat(map.args()).isEqualTo(args);
        assertThat(map.bits()[0]).isEqualTo(77);

        toClient.call(Command.SYNC_LOG_TREES, Payloads.EMPTY);
        assertThat(syncs.poll(10, TimeUnit.SECONDS)).isEqualTo("sync");
    }

    @Test
    void forcedUnmountFailsWhatIsPendingAndWhatComes() throws Exception {
        Locks handler = new Locks();
        client.setLocks(handler);
        // never started: requests wait
        client.requestLock(new LockMessage(Key.ZERO, 0, 0, 1));
        client.forceUnmount();
        assertThat(locks.poll(10, TimeUnit.SECONDS)).isEqualTo("failed ECONNABORTED");
        assertErrno(client::getRoots, Errno.ENOLINK);
        assertErrno(() -> client.requestLock(new LockMessage(Key.ZERO, 0, 0, 1)), Errno.ENOLINK);
        client.farewell();
    }

    @Test
    void farewellIsSaidAndAnswered() throws Exception {
        client.farewell();
        assertThat(asked).as("nobody to say farewell to").doesNotContainKey(Command.FAREWELL);
        client.start();
        answer(Command.GET_ROOTS, new byte[Roots.SIZE]);
        client.getRoots();
        client.farewell();
        assertThat(asked(Command.FAREWELL)).isEmpty();
    }
}
