package org.scoutfs.server;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;

/** Mounts that are told things; what they were told is kept in order. */
final class FakePeers implements Peers {
    /** A request that was sent to a mount. */
    @SuppressWarnings("ArrayRecordComponent")
    record Sent(long rid, Command command, byte[] payload) {}

    private final Set<Long> connected = new HashSet<>();
    private final List<Sent> sent = new ArrayList<>();

    synchronized void connect(long... rids) {
        for (long rid : rids) {
            connected.add(rid);
        }
    }

    synchronized void disconnect(long rid) {
        connected.remove(rid);
    }

    /** What was sent since the last call. */
    synchronized List<Sent> take() {
        List<Sent> all = List.copyOf(sent);
        sent.clear();
        return all;
    }

    @Override
    public synchronized void request(long rid, Command command, byte[] payload) throws FsException {
        if (!connected.contains(rid)) {
            throw new FsException(Errno.ENOTCONN);
        }
        sent.add(new Sent(rid, command, payload));
    }

    @Override
    public synchronized boolean has(long rid) {
        return connected.contains(rid);
    }

    Answer answerTo(long rid) {
        return new Answer(rid);
    }

    /** The answer to one request. */
    final class Answer implements Reply {
        private final long rid;
        byte @Nullable [] payload;

        @Nullable
        Errno error;

        Answer(long rid) {
            this.rid = rid;
        }

        @Override
        public void send(byte[] response) throws FsException {
            check();
            payload = response;
        }

        @Override
        public void fail(FsException failure) throws FsException {
            check();
            error = failure.errno();
        }

        boolean isAnswered() {
            return payload != null || error != null;
        }

        private void check() throws FsException {
            if (!has(rid)) {
                throw new FsException(Errno.ENOTCONN);
            }
            if (isAnswered()) {
                throw new AssertionError("answered twice");
            }
        }
    }
}
