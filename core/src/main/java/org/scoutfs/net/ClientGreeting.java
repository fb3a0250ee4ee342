package org.scoutfs.net;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.WireError;

/**
 * What a client says in its greetings, and what it takes for an answer (spec 3 section 4.4). Used by the connecting thread.
 *
 * <p>A greeting names the last server that answered one. While none has, a server may have processed a greeting nevertheless, and a
 * reference server would take a second one with term 0 for another client of the same rid and fence it (R29). The mount's item on the
 * device tells; then the server that was greeted first is named.
 */
final class ClientGreeting {
    private final VolumeIdentity volume;
    private final long rid;
    private final boolean quorumMember;
    private final BooleanSupplier mounted;

    /** Term of the server that was greeted last without answering; 0 if none. */
    private long unansweredTerm;

    /** What greetings name although no server has answered; 0 if nothing. */
    private long assumedTerm;

    /** @param mounted whether the mount's item is on the device */
    ClientGreeting(VolumeIdentity volume, long rid, boolean quorumMember, BooleanSupplier mounted) {
        this.volume = volume;
        this.rid = rid;
        this.quorumMember = quorumMember;
        this.mounted = mounted;
    }

    /** @param lastTerm of the last server that answered, 0 if none has */
    Greeting next(long lastTerm, boolean farewell) {
        long flags = (farewell ? Greeting.FLAG_FAREWELL : 0) | (quorumMember ? Greeting.FLAG_QUORUM : 0);
        long term = lastTerm == 0 ? assumedTerm() : lastTerm;
        return new Greeting(volume.fsid(), volume.formatVersion(), term, rid, flags);
    }

    /** The first greeting was sent to the server of this term, and not answered. */
    void unanswered(long serverTerm) {
        if (assumedTerm == 0) {
            unansweredTerm = serverTerm;
        }
    }

    private long assumedTerm() {
        if (assumedTerm == 0 && unansweredTerm != 0 && mounted.getAsBoolean()) {
            assumedTerm = unansweredTerm;
        }
        return assumedTerm;
    }

    /**
     * The server's term, from its answer to the greeting of this id.
     *
     * @throws IOException if it is no answer, or not one to go on with
     */
    long serverTerm(Frame frame, long id) throws IOException {
        NetHeader header = frame.header();
        if (frame.command() != Command.GREETING || !header.isResponse() || header.id() != id) {
            throw new ProtocolException(header + ": a greeting response with id " + id + " was expected");
        }
        if (header.error() != WireError.NONE) {
            throw new IOException("the server answered the greeting with " + WireError.toErrno(header.error()));
        }
        if (frame.payload().length != Greeting.SIZE) {
            throw new ProtocolException(header + ": a greeting has " + Greeting.SIZE + " bytes");
        }
        Greeting answer = Greeting.of(frame.payload());
        if (answer.fsid() != volume.fsid()
                || answer.formatVersion() != volume.formatVersion()
                || answer.rid() != rid
                || answer.serverTerm() == 0) {
            throw new IOException("the server serves another volume: " + answer);
        }
        return answer.serverTerm();
    }
}
