package org.scoutfs.server;

import java.util.EnumMap;
import java.util.Map;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.net.Request;
import org.scoutfs.net.ResponseHandler;
import org.scoutfs.net.ServerNetwork;

/** The mounts that are connected through the server's network. */
final class NetworkPeers implements Peers {
    private final ServerNetwork network;
    private final Map<Command, ResponseHandler> responses = new EnumMap<>(Command.class);

    NetworkPeers(ServerNetwork network) {
        this.network = network;
    }

    /** Says what is done with responses to requests of a command; before the first is sent. */
    void onResponse(Command command, ResponseHandler handler) {
        responses.put(command, handler);
    }

    @Override
    public void request(long rid, Command command, byte[] payload) throws FsException {
        network.send(rid, command, payload, responses.getOrDefault(command, ResponseHandler.IGNORE));
    }

    @Override
    public boolean has(long rid) {
        return network.find(rid) != null;
    }

    /** The way to answer a received request. */
    static Reply reply(Request request) {
        return new Reply() {
            @Override
            public void send(byte[] payload) throws FsException {
                check(request.reply(payload));
            }

            @Override
            public void fail(FsException error) throws FsException {
                check(request.replyError(error.errno()));
            }

            private void check(boolean queued) throws FsException {
                if (!queued) {
                    throw new FsException(Errno.ENOTCONN, request + " cannot be answered any more");
                }
            }
        };
    }
}
