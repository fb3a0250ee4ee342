package org.scoutfs.net;

import org.jspecify.annotations.Nullable;
import org.scoutfs.format.InetAddr;

/**
 * One socket or association for people to look at: a line of the debug file {@code connections} (spec 5 section 6.3).
 *
 * @param local null if there is no socket
 * @param peer of the present or last socket, null if there was none
 * @param greetingId greatest greeting id seen, 0 on a client
 * @param greeted whether messages flow
 * @param farewell whether a farewell was answered (server) or is outstanding (client)
 * @param reconnectWait whether a server waits for the client to come back
 */
public record ConnectionStatus(
        String name,
        @Nullable InetAddr local,
        @Nullable InetAddr peer,
        long rid,
        long greetingId,
        boolean greeted,
        boolean farewell,
        boolean reconnectWait,
        long nextSendSeq,
        long recvSeq,
        long nextSendId) {

    /** The line, without newline. */
    public String line() {
        return name + " " + text(local) + " peer " + text(peer) + " rid " + "%016x".formatted(rid) + " greeting_id "
                + Long.toUnsignedString(greetingId) + " vg " + bit(greeted) + " est " + bit(local != null)
                + " sd 0 sg 0 sf "
                + bit(farewell) + " rw " + bit(reconnectWait) + " rf 0 cto_ms " + ClientNetwork.CONNECT_TIMEOUT_MS
                + " rdl_j 0 nss " + Long.toUnsignedString(nextSendSeq) + " rs " + Long.toUnsignedString(recvSeq)
                + " nsi "
                + Long.toUnsignedString(nextSendId);
    }

    private static String text(@Nullable InetAddr address) {
        return address == null ? "0.0.0.0:0" : address.toString();
    }

    private static int bit(boolean value) {
        return value ? 1 : 0;
    }
}
