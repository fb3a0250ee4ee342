package org.scoutfs.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.wire.Payloads;

/**
 * Lets mounts leave (spec 3 section 7). Others may always leave. Members of the quorum may leave as long as enough for an election stay;
 * the last of them only all together, and only when no other mount is left: nobody would be there to process its farewell.
 *
 * <p>Requests are queued by any thread; passes come one after the other, by one worker. A mount's item is gone from the stable super block
 * before it is answered: a mount that lost its connection takes that as the answer.
 */
final class Farewells {
    private record Request(long rid, Peers.Reply reply) {}

    private final MountedClients mounted;
    private final RecoveryTracker recovery;
    private final Reclaim reclaim;
    private final int votesNeeded;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Request> queue = new ArrayDeque<>();

    Farewells(MountedClients mounted, RecoveryTracker recovery, Reclaim reclaim, int votesNeeded) {
        this.mounted = mounted;
        this.recovery = recovery;
        this.reclaim = reclaim;
        this.votesNeeded = votesNeeded;
    }

    /** A mount wants to leave; it is answered when it may, by a later pass. */
    void request(long rid, Peers.Reply reply) {
        lock.lock();
        try {
            queue.add(new Request(rid, reply));
        } finally {
            lock.unlock();
        }
    }

    /** Answers all who may leave now. */
    void pass() throws FsException {
        List<Request> waiting = takeAll();
        List<Request> leaving = new ArrayList<>();
        MountedClients.Census census = mounted.count();
        choose(waiting, leaving, census);
        // Its locks come to light while it recovers: they would be added after it has left (race R66).
        Iterator<Request> iterator = leaving.iterator();
        while (iterator.hasNext()) {
            Request request = iterator.next();
            if (recovery.isPending(request.rid, RecoveryTracker.Step.LOCKS)) {
                iterator.remove();
                waiting.add(request);
            }
        }
        putBack(waiting);
        for (Request request : leaving) {
            reclaim.reclaim(request.rid);
        }
        for (Request request : leaving) {
            answer(request);
        }
    }

    /** Moves from {@code waiting} to {@code leaving} whoever may leave. */
    private void choose(List<Request> waiting, List<Request> leaving, MountedClients.Census census) throws FsException {
        int others = census.others();
        List<Request> members = new ArrayList<>();
        for (Request request : waiting) {
            Optional<MountedClient> client = mounted.find(request.rid);
            if (client.isPresent() && client.get().isQuorumMember()) {
                members.add(request);
                continue;
            }
            leaving.add(request);
            if (client.isPresent()) {
                others--;
            }
        }
        waiting.clear();
        int mountedMembers = census.members();
        // One that asks twice is one.
        Set<Long> asking = new HashSet<>();
        members.forEach(request -> asking.add(request.rid));
        Set<Long> gone = new HashSet<>();
        for (Request request : members) {
            boolean mayGo = gone.contains(request.rid)
                    || mountedMembers > votesNeeded
                    || (asking.size() == mountedMembers && others == 0);
            if (!mayGo) {
                waiting.add(request);
                continue;
            }
            leaving.add(request);
            if (gone.add(request.rid)) {
                mountedMembers--;
                asking.remove(request.rid);
            }
        }
    }

    private List<Request> takeAll() {
        lock.lock();
        try {
            List<Request> all = new ArrayList<>(queue);
            queue.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    private void putBack(List<Request> waiting) {
        lock.lock();
        try {
            for (Request request : waiting.reversed()) {
                queue.addFirst(request);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void answer(Request request) throws FsException {
        try {
            request.reply.send(Payloads.EMPTY);
        } catch (FsException e) {
            // It looks for its item instead (race R43).
            if (e.errno() != Errno.ENOTCONN) {
                throw e;
            }
        }
    }
}
