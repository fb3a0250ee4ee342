package org.scoutfs.format.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;

/** Every message of spec 3 section 18 decodes to what the section says, and encodes to the same bytes. */
class WireVectorTest {
    private static final long RID = 0x55e98911c02cc33eL;
    private static final Key GROUP_0 = new Key(16, 0, 0, 0, 0, 0);

    @Test
    void greetingRequest() {
        byte[] payload = check(Vectors.GREETING_REQUEST, request(2, 0, 2, Command.GREETING));
        Greeting greeting = new Greeting(0x5b0591faeec8e477L, 2, 0, RID, Greeting.FLAG_QUORUM);
        assertThat(Greeting.of(payload)).isEqualTo(greeting);
        assertThat(greeting.isQuorumMember()).isTrue();
        assertThat(greeting.isFarewell()).isFalse();
        assertThat(greeting.toBytes()).isEqualTo(payload);
    }

    @Test
    void greetingResponse() {
        byte[] payload = check(Vectors.GREETING_RESPONSE, response(1, 0, 2, Command.GREETING));
        Greeting greeting = new Greeting(0x5b0591faeec8e477L, 2, 1, RID, 0);
        assertThat(Greeting.of(payload)).isEqualTo(greeting);
        assertThat(greeting.toBytes()).isEqualTo(payload);
    }

    @Test
    void greetingErrorResponse() {
        byte[] payload = check(
                Vectors.GREETING_ERROR_RESPONSE,
                new NetHeader(
                        1, 0, 2, 0, Command.GREETING.number(), NetHeader.FLAG_RESPONSE, WireError.of(Errno.EINVAL)));
        assertThat(payload).isEmpty();
    }

    @Test
    void lockRequestForReading() {
        checkLock(
                Vectors.LOCK_REQUEST_READ,
                request(1, 0, 1, Command.LOCK),
                new LockMessage(GROUP_0, 0, LockMode.NULL, LockMode.READ));
    }

    @Test
    void grantForReading() {
        checkLock(
                Vectors.LOCK_GRANT_READ,
                response(2, 1, 1, Command.LOCK),
                new LockMessage(GROUP_0, 0, LockMode.NULL, LockMode.READ));
    }

    @Test
    void upgradeRequest() {
        checkLock(
                Vectors.LOCK_REQUEST_UPGRADE,
                request(6, 5, 6, Command.LOCK),
                new LockMessage(GROUP_0, 0, LockMode.READ, LockMode.WRITE));
    }

    @Test
    void grantOfUpgrade() {
        checkLock(
                Vectors.LOCK_GRANT_UPGRADE,
                response(6, 6, 6, Command.LOCK),
                new LockMessage(GROUP_0, 3, LockMode.READ, LockMode.WRITE));
    }

    @Test
    void invalidation() {
        LockMessage toRead = new LockMessage(GROUP_0, 0, LockMode.WRITE, LockMode.READ);
        checkLock(Vectors.LOCK_INVALIDATE, request(13, 12, 1, Command.LOCK), toRead);
        checkLock(Vectors.LOCK_INVALIDATE_RESPONSE, response(15, 15, 1, Command.LOCK), toRead);
    }

    @Test
    void roots() {
        byte[] payload = check(Vectors.GET_ROOTS_RESPONSE, response(9, 9, 9, Command.GET_ROOTS));
        Roots roots = new Roots(
                new BtreeRoot(new BlockReference(2, 1), 1),
                new BtreeRoot(new BlockReference(0x40f, 0x2314b0694d468921L), 1),
                BtreeRoot.EMPTY);
        assertThat(Roots.of(payload)).isEqualTo(roots);
        assertThat(roots.toBytes()).isEqualTo(payload);
    }

    @Test
    void logTreesOfANewMount() {
        byte[] payload = check(Vectors.GET_LOG_TREES_RESPONSE, response(4, 4, 4, Command.GET_LOG_TREES));
        LogTrees logTrees = Payloads.read(payload, LogTrees.SIZE, LogTrees::read);
        assertThat(logTrees.metaAvail())
                .isEqualTo(new AllocListHead(new BlockReference(0x409, 0xe7e8bf388ff99bfdL), 8185, 8185, 0));
        assertThat(logTrees.dataAvail())
                .isEqualTo(new AllocExtentRoot(
                        1 << 20, 0, new BtreeRoot(new BlockReference(0x40e, 0xcc85d5c62fd5bd26L), 1)));
        assertThat(logTrees.getTransSeq()).isEqualTo(2);
        assertThat(logTrees.commitTransSeq()).isZero();
        assertThat(logTrees.rid()).isEqualTo(RID);
        assertThat(logTrees.nr()).isEqualTo(1);
        assertThat(Payloads.write(LogTrees.SIZE, logTrees::write)).isEqualTo(payload);
    }

    @Test
    void commitOfLogTrees() {
        byte[] payload = check(Vectors.COMMIT_LOG_TREES_REQUEST, request(13, 12, 13, Command.COMMIT_LOG_TREES));
        LogTrees logTrees = Payloads.read(payload, LogTrees.SIZE, LogTrees::read);
        assertThat(logTrees.dataAvail().totalLen()).isEqualTo((1 << 20) - 1);
        assertThat(logTrees.inodeCountDelta()).isEqualTo(1);
        assertThat(logTrees.getTransSeq()).isEqualTo(2);
        assertThat(logTrees.maxItemSeq()).isEqualTo(6);
        assertThat(Payloads.write(LogTrees.SIZE, logTrees::write)).isEqualTo(payload);
        assertThat(check(Vectors.COMMIT_LOG_TREES_RESPONSE, response(13, 13, 13, Command.COMMIT_LOG_TREES)))
                .isEmpty();
    }

    @Test
    void inodeNumbers() {
        byte[] wish = check(Vectors.ALLOC_INODES_REQUEST, request(5, 4, 5, Command.ALLOC_INODES));
        assertThat(Payloads.u64(wish)).isEqualTo(10240);
        assertThat(Payloads.ofU64(10240)).isEqualTo(wish);
        byte[] given = check(Vectors.ALLOC_INODES_RESPONSE, response(5, 5, 5, Command.ALLOC_INODES));
        assertThat(AllocInodes.of(given)).isEqualTo(new AllocInodes(1024, 10240));
        assertThat(new AllocInodes(1024, 10240).toBytes()).isEqualTo(given);
    }

    @Test
    void statfs() {
        assertThat(check(Vectors.STATFS_REQUEST, request(15, 14, 15, Command.STATFS)))
                .isEmpty();
        byte[] payload = check(Vectors.STATFS_RESPONSE, response(15, 15, 15, Command.STATFS));
        StatfsReply reply = new StatfsReply(
                UUID.fromString("71e68dc7-56a0-412c-ac0d-b38d4e21dea5"), 0xffff1, 0x100000, 0xffffbf, 0x1000000, 2);
        assertThat(StatfsReply.of(payload)).isEqualTo(reply);
        assertThat(reply.toBytes()).isEqualTo(payload);
    }

    @Test
    void messagesWithoutPayload() {
        assertThat(check(Vectors.FAREWELL_REQUEST, request(24, 23, 24, Command.FAREWELL)))
                .isEmpty();
        assertThat(check(Vectors.FAREWELL_RESPONSE, response(24, 24, 24, Command.FAREWELL)))
                .isEmpty();
        assertThat(check(Vectors.SYNC_LOG_TREES_REQUEST, request(7, 33, 4, Command.SYNC_LOG_TREES)))
                .isEmpty();
    }

    @Test
    void errorInsteadOfPayload() {
        NetHeader header = new NetHeader(
                18, 17, 15, 0, Command.GET_LOG_MERGE.number(), NetHeader.FLAG_RESPONSE, WireError.of(Errno.ENOENT));
        assertThat(check(Vectors.GET_LOG_MERGE_ENOENT, header)).isEmpty();
        assertThat(WireError.toErrno(header.error())).isEqualTo(Errno.ENOENT);
    }

    @Test
    void openInodeMap() {
        OpenInoMapArgs args = new OpenInoMapArgs(1, 1);
        byte[] asked = check(Vectors.OPEN_INO_MAP_REQUEST, request(16, 15, 5, Command.OPEN_INO_MAP));
        assertThat(OpenInoMapArgs.of(asked)).isEqualTo(args);
        assertThat(args.toBytes()).isEqualTo(asked);
        byte[] payload = check(Vectors.OPEN_INO_MAP_RESPONSE, response(16, 16, 5, Command.OPEN_INO_MAP));
        long[] bits = new long[OpenInoMap.WORDS];
        bits[0] = 1;
        OpenInoMap map = new OpenInoMap(args, bits);
        assertThat(OpenInoMap.of(payload)).isEqualTo(map);
        assertThat(map.isSet(0)).isTrue();
        assertThat(map.isSet(1)).isFalse();
        assertThat(map.toBytes()).isEqualTo(payload);
    }

    @Test
    void lockRecovery() {
        byte[] asked = check(Vectors.LOCK_RECOVER_REQUEST, request(4, 32, 2, Command.LOCK_RECOVER));
        assertThat(Payloads.key(asked)).isEqualTo(new Key(16, 0x400, 0, 0, 0, 0).increment());
        assertThat(Payloads.ofKey(new Key(16, 0x400, 0, 0, 0, 1))).isEqualTo(asked);

        byte[] payload = check(Vectors.LOCK_RECOVER_RESPONSE, response(32, 2, 1, Command.LOCK_RECOVER));
        LockRecover locks = new LockRecover(List.of(
                new LockMessage(new Key(4, 0, 4, 0, 0, 0), 11, LockMode.WRITE_ONLY, LockMode.WRITE_ONLY),
                new LockMessage(new Key(4, 0, 8, 0, 0, 0), 12, LockMode.WRITE_ONLY, LockMode.WRITE_ONLY),
                new LockMessage(new Key(10, 0, 0, 0, 0, 0), 0, LockMode.READ, LockMode.READ),
                new LockMessage(GROUP_0, 0, LockMode.NULL, LockMode.NULL)));
        assertThat(LockRecover.of(payload)).isEqualTo(locks);
        assertThat(locks.toBytes()).isEqualTo(payload);

        byte[] last = check(Vectors.LOCK_RECOVER_LAST_RESPONSE, response(33, 4, 2, Command.LOCK_RECOVER));
        assertThat(LockRecover.of(last).locks()).isEmpty();
        assertThat(new LockRecover(List.of()).toBytes()).isEqualTo(last);
    }

    @Test
    void logMerge() {
        byte[] work = check(Vectors.GET_LOG_MERGE_RESPONSE, response(17, 43, 34, Command.GET_LOG_MERGE));
        LogMergeRequest request = Payloads.read(work, LogMergeRequest.SIZE, LogMergeRequest::read);
        assertThat(request.seq()).isEqualTo(0x1f);
        assertThat(Payloads.write(LogMergeRequest.SIZE, request::write)).isEqualTo(work);

        byte[] done = check(Vectors.COMMIT_LOG_MERGE_REQUEST, request(44, 18, 36, Command.COMMIT_LOG_MERGE));
        LogMergeComplete complete = Payloads.read(done, LogMergeComplete.SIZE, LogMergeComplete::read);
        assertThat(complete.seq()).isEqualTo(request.seq());
        assertThat(complete.rid()).isEqualTo(request.rid());
        assertThat(Payloads.write(LogMergeComplete.SIZE, complete::write)).isEqualTo(done);
    }

    private static void checkLock(String vector, NetHeader header, LockMessage lock) {
        byte[] payload = check(vector, header);
        assertThat(LockMessage.of(payload)).isEqualTo(lock);
        assertThat(lock.toBytes()).isEqualTo(payload);
    }

    private static NetHeader request(long seq, long recvSeq, long id, Command command) {
        return new NetHeader(seq, recvSeq, id, 0, command.number(), 0, WireError.NONE);
    }

    private static NetHeader response(long seq, long recvSeq, long id, Command command) {
        return new NetHeader(seq, recvSeq, id, 0, command.number(), NetHeader.FLAG_RESPONSE, WireError.NONE);
    }

    /** Checks a message's header and that its command allows its length; returns the payload. */
    private static byte[] check(String vector, NetHeader expected) {
        byte[] bytes = Vectors.bytes(vector);
        NetHeader header = NetHeader.read(MemorySegment.ofArray(bytes), 0);
        byte[] payload = Arrays.copyOfRange(bytes, NetHeader.SIZE, bytes.length);
        assertThat(header)
                .isEqualTo(new NetHeader(
                        expected.seq(),
                        expected.recvSeq(),
                        expected.id(),
                        payload.length,
                        expected.command(),
                        expected.flags(),
                        expected.error()));
        assertThat(header.violation()).isNull();
        byte[] again = new byte[NetHeader.SIZE];
        Arrays.fill(again, (byte) 0x5a);
        header.write(MemorySegment.ofArray(again), 0);
        assertThat(HexFormat.of().formatHex(again)).isEqualTo(HexFormat.of().formatHex(bytes, 0, NetHeader.SIZE));
        if (header.isResponse()) {
            assertThat(header.error() != 0 || Command.of(header.command()).validResponse(payload))
                    .isTrue();
        } else {
            assertThat(Command.of(header.command()).validRequestLength(payload.length))
                    .isTrue();
        }
        return payload;
    }
}
