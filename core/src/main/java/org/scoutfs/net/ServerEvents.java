package org.scoutfs.net;

import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.wire.Greeting;

/**
 * What {@link ServerNetwork} asks and tells the server. Called without locks, by the thread of the socket concerned, which reads nothing
 * before the call returns.
 */
public interface ServerEvents {
    /** What becomes of a socket that greeted. */
    enum Admission {
        /** Answer and attach it. */
        WELCOME,
        /** Close it without an answer: the rid is fenced or was reclaimed. */
        REFUSED
    }

    /**
     * Judges a greeting whose fsid and format version are the volume's, before it is answered (spec 3 section 4.4): inserts the
     * mounted-client item if {@code serverTerm} is 0, and has it committed on return; refuses a rid that has a fence request, and a rid
     * without mounted-client item that greets with another term than 0 and without FAREWELL. May be called many times for one rid.
     *
     * @param peer address and port of the client's end of the socket
     * @throws FsException to answer with its errno and close
     */
    Admission admit(Greeting greeting, InetAddr peer) throws FsException;

    /**
     * A socket was attached: the greeting was answered, messages flow. What must happen for each valid greeting is done here (recovery:
     * GREETING of this rid is done), and after what must happen once.
     *
     * @param firstContact true exactly once for each association that is new to this server: count the client, start the recovery of
     *     its locks, ask it about open inodes from now on
     */
    void attached(Association association, boolean firstContact);

    /**
     * Whether it is certain without asking anybody that a client whose socket has broken will never come back. Asked now and then while the
     * client is waited for, so that the wait ends as soon as it is known to be in vain. May look at a device.
     *
     * @param lastPeer where it was connected from last
     */
    default boolean isGone(long rid, InetAddr lastPeer) {
        return false;
    }

    /**
     * A client did not return within {@link ServerNetwork#RECONNECT_WAIT_MS}, or is gone. Its association has ended and its rid is refused until
     * {@link ServerNetwork#readmit}; the server creates a fence request, or stops if it cannot.
     *
     * @param lastPeer where it was connected from last
     */
    void reconnectTimedOut(long rid, InetAddr lastPeer);

    /** The listening socket failed; nobody can connect any more. The server stops. */
    void listenerFailed(FsException failure);
}
