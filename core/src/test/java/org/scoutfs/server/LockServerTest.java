package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.format.wire.LockMode.NULL;
import static org.scoutfs.format.wire.LockMode.READ;
import static org.scoutfs.format.wire.LockMode.WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;

/** The lock server's tables (spec 3 sections 8.1 and 8.7). */
class LockServerTest {
    private static final Key KEY = Keys.lockStart(Keys.inode(1));
    private static final long A = 0xa;
    private static final long B = 0xb;
    private static final long C = 0xc;

    private final FakePeers peers = new FakePeers();
    private final AtomicLong seq = new AtomicLong(4);
    private final AtomicBoolean recovering = new AtomicBoolean();
    private final LockServer server = new LockServer(peers, seq::incrementAndGet, recovering::get, new Counters());

    @BeforeEach
    void connect() {
        peers.connect(A, B, C);
    }

    @Test
    void firstRequestIsGranted() throws Exception {
        assertGranted(request(A, READ), NULL, READ, 0);
        assertThat(invalidations()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        // holder, asks, same mount, invalidation target or none
        "READ, READ, false, ",
        "READ, WRITE, false, NULL",
        "READ, WRITE_ONLY, false, NULL",
        "WRITE, READ, false, READ",
        "WRITE, WRITE, false, NULL",
        "WRITE, WRITE_ONLY, false, NULL",
        "WRITE_ONLY, WRITE_ONLY, false, ",
        "WRITE_ONLY, READ, false, NULL",
        "WRITE_ONLY, WRITE, false, NULL",
        "READ, READ, true, ",
        "READ, WRITE, true, ",
        "READ, WRITE_ONLY, true, NULL",
        "WRITE, READ, true, READ",
        "WRITE, WRITE, true, NULL",
        "WRITE, WRITE_ONLY, true, NULL",
        "WRITE_ONLY, WRITE_ONLY, true, ",
        "WRITE_ONLY, READ, true, NULL",
        "READ, NULL, true, NULL",
        "WRITE, NULL, true, NULL",
        "READ, NULL, false, ",
        "WRITE, NULL, false, ",
    })
    void incompatibleHoldersGiveUpFirst(LockMode held, LockMode asked, boolean same, @Nullable LockMode target)
            throws Exception {
        request(A, held);
        FakePeers.Answer answer = request(same ? A : B, asked);
        List<String> sent = invalidations();
        if (target == null) {
            assertThat(sent).isEmpty();
            assertGranted(answer, same ? held : NULL, asked);
            return;
        }
        assertThat(sent).containsExactly("a " + held + "->" + target);
        assertThat(answer.isAnswered()).isFalse();
        respond(A, held, target);
        assertGranted(answer, same ? target : NULL, asked);
    }

    /** Spec 3 section 8.7, as seen in a running reference. */
    @Test
    void upgradeWaitsForOtherReaders() throws Exception {
        request(A, READ);
        request(B, READ);
        request(C, READ);
        FakePeers.Answer upgrade = request(B, WRITE);
        assertThat(invalidations()).containsExactlyInAnyOrder("a READ->NULL", "c READ->NULL");
        respond(A, READ, NULL);
        assertThat(upgrade.isAnswered()).isFalse();
        respond(C, READ, NULL);
        assertGranted(upgrade, READ, WRITE, 5);
    }

    @Test
    void laterReaderWaitsBehindWriter() throws Exception {
        request(A, READ);
        FakePeers.Answer writer = request(B, WRITE);
        FakePeers.Answer reader = request(C, READ);
        assertThat(invalidations()).containsExactly("a READ->NULL");
        assertThat(reader.isAnswered()).isFalse();
        respond(A, READ, NULL);
        assertGranted(writer, NULL, WRITE, 5);
        assertThat(reader.isAnswered()).isFalse();
        assertThat(invalidations()).containsExactly("b WRITE->READ");
        respond(B, WRITE, READ);
        assertGranted(reader, NULL, READ, 0);
    }

    @Test
    void writersTakeTurns() throws Exception {
        request(A, WRITE);
        FakePeers.Answer b = request(B, WRITE);
        FakePeers.Answer c = request(C, WRITE);
        respond(A, WRITE, NULL);
        FakePeers.Answer a = request(A, WRITE);
        assertGranted(b, NULL, WRITE, 6);
        respond(B, WRITE, NULL);
        assertGranted(c, NULL, WRITE, 7);
        respond(C, WRITE, NULL);
        assertGranted(a, NULL, WRITE, 8);
    }

    @Test
    void givingBackFreesTheLock() throws Exception {
        request(A, READ);
        FakePeers.Answer back = request(A, NULL);
        assertThat(invalidations()).containsExactly("a READ->NULL");
        respond(A, READ, NULL);
        assertGranted(back, NULL, NULL, 0);
        assertThat(server.size()).isZero();
    }

    /** A NULL request does not disturb others (race R77). */
    @Test
    void givingBackLeavesOthersAlone() throws Exception {
        request(A, READ);
        request(B, READ);
        request(A, NULL);
        assertThat(invalidations()).containsExactly("a READ->NULL");
    }

    @Test
    void unexpectedAnswerAndUnknownModeCloseTheConnection() throws Exception {
        request(A, READ);
        assertThatThrownBy(() -> respond(A, READ, NULL)).isInstanceOf(FsException.class);
        assertThatThrownBy(() -> respond(B, READ, NULL)).isInstanceOf(FsException.class);
        assertThatThrownBy(() -> server.request(A, new LockMessage(KEY, 0, 0, 4), peers.answerTo(A)))
                .isInstanceOf(FsException.class);
    }

    @Test
    void holderWithoutConnectionIsWaitedForUntilItIsRemoved() throws Exception {
        request(A, WRITE);
        peers.disconnect(A);
        FakePeers.Answer b = request(B, READ);
        FakePeers.Answer c = request(C, READ);
        assertThat(b.isAnswered()).isFalse();
        server.remove(A);
        assertGranted(b, NULL, READ);
        assertGranted(c, NULL, READ);
    }

    @Test
    void asksOfWhomIsGoneAreSkipped() throws Exception {
        request(A, WRITE);
        FakePeers.Answer b = request(B, WRITE);
        FakePeers.Answer c = request(C, WRITE);
        peers.disconnect(B);
        respond(A, WRITE, NULL);
        assertThat(b.isAnswered()).isFalse();
        assertGranted(c, NULL, WRITE);
    }

    /** A handler that runs late must not leave anything of a mount that was reclaimed. */
    @Test
    void nothingIsTakenUpForMountsThatAreGone() throws Exception {
        peers.disconnect(A);
        server.remove(A);
        request(A, WRITE);
        server.recover(A, List.of(new LockMessage(KEY, 9, WRITE, WRITE)));
        assertThat(server.size()).isZero();
    }

    @Test
    void requestsWaitForRecovery() throws Exception {
        recovering.set(true);
        FakePeers.Answer b = request(B, READ);
        server.recover(
                A, List.of(new LockMessage(KEY, 9, WRITE, WRITE), new LockMessage(Keys.renameLock(), 0, NULL, NULL)));
        assertThat(b.isAnswered()).isFalse();
        assertThat(invalidations()).isEmpty();
        recovering.set(false);
        server.recovered();
        assertThat(invalidations()).containsExactly("a WRITE->READ");
        respond(A, WRITE, READ);
        assertGranted(b, NULL, READ);
        assertThat(server.size()).as("NULL entries are not kept").isEqualTo(1);
    }

    @Test
    void recoveringALockTwiceClosesTheConnection() throws Exception {
        List<LockMessage> held = List.of(new LockMessage(KEY, 9, WRITE, WRITE));
        server.recover(A, held);
        assertThatThrownBy(() -> server.recover(A, held)).isInstanceOf(FsException.class);
    }

    @Test
    void removingReleasesAllThreeLists() throws Exception {
        request(A, WRITE);
        FakePeers.Answer b = request(B, WRITE);
        FakePeers.Answer c = request(C, WRITE);
        server.remove(A);
        assertGranted(b, NULL, WRITE);
        server.remove(B);
        assertGranted(c, NULL, WRITE);
        server.remove(C);
        assertThat(server.size()).isZero();
    }

    private FakePeers.Answer request(long rid, LockMode mode) throws FsException {
        FakePeers.Answer answer = peers.answerTo(rid);
        server.request(rid, new LockMessage(KEY, 0, NULL, mode), answer);
        return answer;
    }

    private void respond(long rid, LockMode old, LockMode mode) throws FsException {
        server.response(rid, new LockMessage(KEY, 0, old, mode));
    }

    private List<String> invalidations() {
        List<String> all = new ArrayList<>();
        for (FakePeers.Sent sent : peers.take()) {
            assertThat(sent.command()).isEqualTo(Command.LOCK);
            LockMessage message = LockMessage.of(sent.payload());
            assertThat(message.key()).isEqualTo(KEY);
            all.add(Long.toHexString(sent.rid()) + " " + LockMode.of(message.oldMode()) + "->"
                    + LockMode.of(message.newMode()));
        }
        return all;
    }

    private static void assertGranted(FakePeers.Answer answer, LockMode old, LockMode mode, long writeSeq) {
        assertThat(answer.payload).isNotNull();
        assertThat(LockMessage.of(answer.payload)).isEqualTo(new LockMessage(KEY, writeSeq, old, mode));
    }

    private static void assertGranted(FakePeers.Answer answer, LockMode old, LockMode mode) {
        assertThat(answer.payload).isNotNull();
        LockMessage message = LockMessage.of(answer.payload);
        assertThat(message.oldMode()).isEqualTo(old.number());
        assertThat(message.newMode()).isEqualTo(mode.number());
        assertThat(message.writeSeq() != 0).isEqualTo(mode.canWrite());
    }
}
