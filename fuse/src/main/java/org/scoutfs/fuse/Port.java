package org.scoutfs.fuse;

import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;

/**
 * Where one request and its reply lie, and the way of the reply. Used by the thread that has the request in hand, but for {@link #delivered}.
 *
 * <p>Request and reply may share memory behind the fixed arguments: an operation takes names and data out of its request before it puts
 * anything into the body of its reply.
 */
interface Port {
    Request request();

    ReplyBuffer reply();

    /**
     * Answers the request in hand with the first {@code bodyLength} bytes of the reply's body. They are with the kernel as soon as
     * {@link #delivered}, at the latest when the reader asks its {@link Source} for more.
     *
     * <p>This ends the request ({@link Exchange#end}) before anybody can be given another one in its place. From then on the exchange may be
     * another reader's: nothing of it is touched any more, unless this fails.
     *
     * @param error 0 or a negated errno
     * @return 0 or a negated errno
     */
    int send(int error, int bodyLength);

    /** Whether also a request that wants no reply has to be answered. */
    boolean answersAlways();

    /** Number of the io_uring queue of which it is an entry, which stays with its request until that is answered; -1 if it is none. */
    int queue();

    /** Whether the kernel has got the last reply. For all threads. */
    boolean delivered();
}
