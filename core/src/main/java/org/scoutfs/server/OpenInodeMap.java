package org.scoutfs.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;

/**
 * Asks all other mounts which inodes of a group they have in use, for a mount that wants to delete one (spec 3 section 9.4, races R97
 * to R102). The asking mount's own inodes are not in the answer.
 *
 * <p>Queries wait until every mount of the last server has greeted: an answer before that would not know their files. A mount that
 * died delays all queries until it is fenced and removed. One that joins later need not be asked: it cannot take up an inode of the
 * group while the asking mount holds its write lock.
 *
 * <p>Any thread; one lock, below it only the network's send queues.
 */
final class OpenInodeMap {
    private static final class Query {
        final long origin;
        final OpenInoMapArgs args;
        final Peers.Reply reply;
        final Set<Long> targets = new HashSet<>();
        final long[] bits = new long[OpenInoMap.WORDS];

        Query(long origin, OpenInoMapArgs args, Peers.Reply reply) {
            this.origin = origin;
            this.args = args;
            this.reply = reply;
        }
    }

    private final Peers peers;
    private final BooleanSupplier recovering;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Long> mounts = new LinkedHashSet<>();
    private final List<Query> waiting = new ArrayList<>();
    private final Map<Long, Query> asked = new HashMap<>();
    /** Ids in use start at 1: 0 is free for probes of a connection (spec 3 section 4.1). */
    private long lastId;

    /** @param recovering whether some mount of the time before this server has not greeted yet; asked under the lock */
    OpenInodeMap(Peers peers, BooleanSupplier recovering) {
        this.peers = peers;
        this.recovering = recovering;
    }

    /** From now on this mount is asked too. */
    void add(long rid) {
        lock.lock();
        try {
            if (peers.has(rid)) {
                mounts.add(rid);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A mount asks for a group's inodes. */
    void request(long rid, OpenInoMapArgs args, Peers.Reply reply) throws FsException {
        lock.lock();
        try {
            if (peers.has(rid)) {
                waiting.add(new Query(rid, args, reply));
                run();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A mount's answer. One to a query that is not known any more is dropped. */
    void response(long rid, OpenInoMap map) throws FsException {
        lock.lock();
        try {
            Query query = asked.get(map.args().reqId());
            if (query == null || !query.targets.remove(rid)) {
                return;
            }
            for (int i = 0; i < query.bits.length; i++) {
                query.bits[i] |= map.bits()[i];
            }
            finish(map.args().reqId(), query);
        } finally {
            lock.unlock();
        }
    }

    /** Asks for what had to wait until all mounts have greeted. */
    void recovered() throws FsException {
        lock.lock();
        try {
            run();
        } finally {
            lock.unlock();
        }
    }

    /** A mount is gone: it is asked no more, and queries that waited only for it are answered. */
    void remove(long rid) throws FsException {
        lock.lock();
        try {
            mounts.remove(rid);
            waiting.removeIf(query -> query.origin == rid);
            asked.values().removeIf(query -> query.origin == rid);
            for (Map.Entry<Long, Query> entry : List.copyOf(asked.entrySet())) {
                if (entry.getValue().targets.remove(rid)) {
                    finish(entry.getKey(), entry.getValue());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything; nobody is answered. */
    void clear() {
        lock.lock();
        try {
            mounts.clear();
            waiting.clear();
            asked.clear();
        } finally {
            lock.unlock();
        }
    }

    private void run() throws FsException {
        if (recovering.getAsBoolean()) {
            return;
        }
        List<Query> ready = List.copyOf(waiting);
        waiting.clear();
        for (Query query : ready) {
            ask(query);
        }
    }

    private void ask(Query query) throws FsException {
        long id = ++lastId;
        query.targets.addAll(mounts);
        query.targets.remove(query.origin);
        asked.put(id, query);
        try {
            byte[] args = new OpenInoMapArgs(query.args.groupNr(), id).toBytes();
            for (long target : List.copyOf(query.targets)) {
                send(target, args);
            }
        } catch (FsException e) {
            asked.remove(id);
            toOrigin(() -> query.reply.fail(e));
            return;
        }
        finish(id, query);
    }

    private void finish(long id, Query query) throws FsException {
        if (query.targets.isEmpty()) {
            asked.remove(id);
            byte[] answer = new OpenInoMap(query.args, query.bits).toBytes();
            toOrigin(() -> query.reply.send(answer));
        }
    }

    private void send(long target, byte[] args) throws FsException {
        try {
            peers.request(target, Command.OPEN_INO_MAP, args);
        } catch (FsException e) {
            // It stays a target: only its removal says that it has nothing in use any more.
            if (e.errno() != Errno.ENOTCONN) {
                throw e;
            }
        }
    }

    private interface Answer {
        void send() throws FsException;
    }

    private static void toOrigin(Answer answer) throws FsException {
        try {
            answer.send();
        } catch (FsException e) {
            if (e.errno() != Errno.ENOTCONN) {
                throw e;
            }
        }
    }
}
