package org.scoutfs.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.WireError;
import org.scoutfs.host.Host;

/**
 * The life of one socket that a server accepted: greeting, messages, end (spec 3 section 4.4). Run by the socket's own thread.
 *
 * <p>A socket that breaks before its greeting was valid leaves no trace (R31).
 */
final class AcceptedSocket {
    /** For who connects and says nothing. Clients greet at once. */
    private static final long GREETING_DEADLINE_MS = 30_000;
    /** Of a query that does not exist: the answer is dropped. */
    private static final byte[] PROBE = new OpenInoMapArgs(0, 0).toBytes();

    private static final Logger LOG = System.getLogger("org.scoutfs.net");

    /** What all sockets of a server share. */
    record Shared(
            Host host,
            VolumeIdentity volume,
            long term,
            long keepaliveMs,
            Map<Command, RequestHandler> handlers,
            ServerEvents events,
            ServerPeers peers,
            NetCounters counters) {}

    private final Shared server;
    private final Link link;
    private final Runnable greeted;

    /** @param greeted called when a greeting was received, whatever it says */
    AcceptedSocket(Shared server, Link link, Runnable greeted) {
        this.server = server;
        this.link = link;
        this.greeted = greeted;
    }

    /** Body of the thread. The link is closed on return. */
    void run() {
        ServerPeers.Peer peer = null;
        try {
            Frame frame = readGreeting();
            Greeting greeting = judge(frame);
            if (greeting != null) {
                peer = claim(frame, greeting);
            }
            if (greeting != null && peer != null) {
                converse(peer, frame, greeting);
            }
        } catch (ProtocolException e) {
            server.counters.recvInvalidMessage.increment();
            link.shut("impossible message: " + e.getMessage());
        } catch (IOException e) {
            link.shut(String.valueOf(e.getMessage()));
        } finally {
            link.close("done");
            if (peer == null) {
                server.counters.strangersClosed.increment();
            } else {
                peer.association.detach(link);
                server.peers.release(link, peer, server.events);
            }
            LOG.log(Level.INFO, "server closing {0}: {1}", link, link.reason());
        }
    }

    private Frame readGreeting() throws IOException {
        link.configure(server.keepaliveMs);
        link.shutAfter(GREETING_DEADLINE_MS, "no greeting within " + GREETING_DEADLINE_MS + " ms");
        Frame frame = link.read();
        link.stopTimer();
        greeted.run();
        if (frame.command() != Command.GREETING || frame.header().isResponse()) {
            throw new ProtocolException(frame.header() + ": a greeting request was expected");
        }
        return frame;
    }

    /** The greeting, if it is to be attached; null if it was answered with an error or refused, and shut. */
    private @Nullable Greeting judge(Frame frame) throws IOException {
        if (frame.payload().length != Greeting.SIZE) {
            return decline(frame, Errno.EINVAL, "greeting of " + frame.payload().length + " bytes");
        }
        Greeting greeting = Greeting.of(frame.payload());
        if (greeting.fsid() != server.volume.fsid() || greeting.formatVersion() != server.volume.formatVersion()) {
            return decline(
                    frame,
                    Errno.EINVAL,
                    "greeting of fsid %016x version %s, ours are %016x and %s"
                            .formatted(
                                    greeting.fsid(),
                                    Long.toUnsignedString(greeting.formatVersion()),
                                    server.volume.fsid(),
                                    Long.toUnsignedString(server.volume.formatVersion())));
        }
        if (server.peers.isRefused(greeting.rid())) {
            link.shut("rid " + Long.toHexString(greeting.rid()) + " is refused");
            return null;
        }
        try {
            if (server.events.admit(greeting, Addresses.inetAddr(link.remote())) == ServerEvents.Admission.REFUSED) {
                link.shut("rid " + Long.toHexString(greeting.rid()) + " was refused");
                return null;
            }
        } catch (FsException e) {
            return decline(frame, e.errno(), "greeting failed: " + e.getMessage());
        }
        return greeting;
    }

    private @Nullable Greeting decline(Frame greeting, Errno errno, String why) throws IOException {
        link.write(response(greeting, 0, 0, WireError.of(errno)), Payloads.EMPTY);
        link.shut(why);
        return null;
    }

    private ServerPeers.@Nullable Peer claim(Frame frame, Greeting greeting) throws IOException {
        ServerPeers.Peer peer = server.peers.claim(
                link,
                frame.header().id(),
                greeting,
                server.term,
                rid -> Association.ofServer(rid, server.term, server.handlers, server.host.threads(), server.counters));
        if (peer == null && !link.isShut()) {
            // As the reference does: it greets a stranger before it closes, and clients count on it.
            link.write(response(frame, 0, Greeting.SIZE, WireError.NONE), answer(greeting));
            link.shut("rid " + Long.toHexString(greeting.rid()) + " has no association any more");
        }
        return peer;
    }

    /** Answers the greeting and reads messages until the socket breaks. */
    private void converse(ServerPeers.Peer peer, Frame frame, Greeting greeting) throws IOException {
        Association association = peer.association;
        link.write(response(frame, association.recvSeq(), Greeting.SIZE, WireError.NONE), answer(greeting));
        association.attach(link);
        link.watch(() -> association.probe(Command.OPEN_INO_MAP, PROBE));
        LOG.log(Level.INFO, "server accepted {0}", link);
        server.events.attached(association, server.peers.takeFirstContact(peer));
        association.receiveAll(link);
    }

    private static NetHeader response(Frame greeting, long recvSeq, int dataLen, int error) {
        return new NetHeader(
                1, recvSeq, greeting.header().id(), dataLen, Command.GREETING.number(), NetHeader.FLAG_RESPONSE, error);
    }

    private byte[] answer(Greeting greeting) {
        VolumeIdentity volume = server.volume;
        return new Greeting(volume.fsid(), volume.formatVersion(), server.term, greeting.rid(), 0).toBytes();
    }
}
