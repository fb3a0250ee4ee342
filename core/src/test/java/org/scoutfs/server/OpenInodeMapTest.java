package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;

/** Who is asked about open inodes, and when the answer is complete (spec 3 section 9.4). */
class OpenInodeMapTest {
    private static final long GROUP = 7;

    private final FakePeers peers = new FakePeers();
    private final AtomicBoolean recovering = new AtomicBoolean();
    private final OpenInodeMap map = new OpenInodeMap(peers, recovering::get);

    @Test
    void aloneTheAnswerIsEmpty() throws Exception {
        join(1);
        FakePeers.Answer answer = ask(1);
        assertThat(OpenInoMap.of(answer.payload))
                .isEqualTo(new OpenInoMap(new OpenInoMapArgs(GROUP, 0), new long[OpenInoMap.WORDS]));
    }

    @Test
    void bitsOfAllOthersAreCollected() throws Exception {
        join(1, 2, 3);
        FakePeers.Answer answer = ask(1);
        var asked = peers.take();
        assertThat(asked).extracting(FakePeers.Sent::rid).containsExactly(2L, 3L);
        OpenInoMapArgs args = OpenInoMapArgs.of(asked.getFirst().payload());
        assertThat(args.groupNr()).isEqualTo(GROUP);
        assertThat(args.reqId()).isPositive();
        map.response(2, bits(args, 5));
        assertThat(answer.isAnswered()).isFalse();
        map.response(2, bits(args, 6));
        assertThat(answer.isAnswered()).as("a second answer of one mount").isFalse();
        map.response(3, bits(args, 1023));
        OpenInoMap result = OpenInoMap.of(answer.payload);
        assertThat(result.isSet(5) && result.isSet(1023) && !result.isSet(6)).isTrue();
        map.response(3, bits(args, 0));
    }

    @Test
    void departedMountIsNotWaitedFor() throws Exception {
        join(1, 2, 3);
        FakePeers.Answer answer = ask(1);
        OpenInoMapArgs args = OpenInoMapArgs.of(peers.take().getFirst().payload());
        map.response(2, bits(args, 5));
        map.remove(3);
        assertThat(OpenInoMap.of(answer.payload).isSet(5)).isTrue();
        assertThat(ask(1).isAnswered()).isFalse();
        assertThat(peers.take()).extracting(FakePeers.Sent::rid).containsExactly(2L);
    }

    /** It may have files open until it is fenced and reclaimed. */
    @Test
    void mountWithoutConnectionIsWaitedFor() throws Exception {
        join(1, 2);
        peers.disconnect(2);
        FakePeers.Answer answer = ask(1);
        assertThat(answer.isAnswered()).isFalse();
        map.remove(2);
        assertThat(answer.isAnswered()).isTrue();
    }

    @Test
    void askingMountMayVanish() throws Exception {
        join(1, 2);
        FakePeers.Answer answer = ask(1);
        OpenInoMapArgs args = OpenInoMapArgs.of(peers.take().getFirst().payload());
        peers.disconnect(1);
        map.remove(1);
        map.response(2, bits(args, 5));
        assertThat(answer.isAnswered()).isFalse();
    }

    @Test
    void queriesWaitForGreetings() throws Exception {
        recovering.set(true);
        join(1);
        FakePeers.Answer answer = ask(1);
        assertThat(answer.isAnswered()).isFalse();
        join(2);
        recovering.set(false);
        map.recovered();
        assertThat(peers.take()).hasSize(1);
        assertThat(answer.isAnswered()).isFalse();
    }

    private void join(long... rids) {
        for (long rid : rids) {
            peers.connect(rid);
            map.add(rid);
        }
    }

    private FakePeers.Answer ask(long rid) throws FsException {
        FakePeers.Answer answer = peers.answerTo(rid);
        map.request(rid, new OpenInoMapArgs(GROUP, 0), answer);
        return answer;
    }

    private static OpenInoMap bits(OpenInoMapArgs args, int bit) {
        long[] bits = new long[OpenInoMap.WORDS];
        bits[bit / Long.SIZE] = 1L << (bit % Long.SIZE);
        return new OpenInoMap(args, bits);
    }
}
