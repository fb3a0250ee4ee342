package org.scoutfs.format.wire;

import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.VolumeOptions;

/**
 * What a message asks for ({@code enum scoutfs_net_cmd}), with the payload lengths of requests and responses, spec 3 section 5.1.
 * The constants stand in the order of their values on the wire.
 *
 * <p>A request of wrong length is answered EINVAL or closes the connection, a response of wrong length is EMSGSIZE for the caller
 * or closes the connection, as the constant says.
 */
public enum Command {
    GREETING(0, Greeting.SIZE, Greeting.SIZE, Wrong.REPORT, Wrong.REPORT),
    ALLOC_INODES(1, AllocInodes.REQUEST_SIZE, AllocInodes.SIZE, Wrong.REPORT, Wrong.REPORT),
    GET_LOG_TREES(2, 0, LogTrees.SIZE, Wrong.REPORT, Wrong.REPORT),
    COMMIT_LOG_TREES(3, LogTrees.SIZE, 0, Wrong.REPORT, Wrong.REPORT),
    /** From the server: commit the open transaction soon. */
    SYNC_LOG_TREES(4, 0, 0, Wrong.CLOSE, Wrong.REPORT),
    GET_ROOTS(5, 0, Roots.SIZE, Wrong.REPORT, Wrong.REPORT),
    GET_LAST_SEQ(6, 0, Long.BYTES, Wrong.REPORT, Wrong.REPORT),
    /** From the client a lock request, from the server an invalidation. Never answered with an error by either side. */
    LOCK(7, LockMessage.SIZE, LockMessage.SIZE, Wrong.CLOSE, Wrong.CLOSE),
    /** From the server. */
    LOCK_RECOVER(8, Key.SIZE, Command.VARIABLE, Wrong.CLOSE, Wrong.CLOSE),
    SRCH_GET_COMPACT(9, 0, SrchCompact.SIZE, Wrong.REPORT, Wrong.REPORT),
    SRCH_COMMIT_COMPACT(10, SrchCompact.SIZE, 0, Wrong.REPORT, Wrong.REPORT),
    GET_LOG_MERGE(11, 0, LogMergeRequest.SIZE, Wrong.CLOSE, Wrong.REPORT),
    COMMIT_LOG_MERGE(12, LogMergeComplete.SIZE, 0, Wrong.CLOSE, Wrong.REPORT),
    /** Both ways. */
    OPEN_INO_MAP(13, OpenInoMapArgs.SIZE, OpenInoMap.SIZE, Wrong.REPORT, Wrong.CLOSE),
    GET_VOLOPT(14, 0, VolumeOptions.SIZE, Wrong.REPORT, Wrong.REPORT),
    SET_VOLOPT(15, VolumeOptions.SIZE, 0, Wrong.REPORT, Wrong.REPORT),
    CLEAR_VOLOPT(16, VolumeOptions.SIZE, 0, Wrong.REPORT, Wrong.REPORT),
    RESIZE_DEVICES(17, ResizeDevices.SIZE, 0, Wrong.REPORT, Wrong.REPORT),
    STATFS(18, 0, StatfsReply.SIZE, Wrong.REPORT, Wrong.REPORT),
    FAREWELL(19, 0, 0, Wrong.CLOSE, Wrong.CLOSE);

    /** What a payload of impossible length means for the connection it came on. */
    private enum Wrong {
        REPORT,
        CLOSE
    }

    /** Number of commands; values at and above it are impossible. */
    public static final int COUNT = 20;

    private static final int VARIABLE = -1;
    private static final Command[] BY_NUMBER = values();

    static {
        for (int i = 0; i < COUNT; i++) {
            if (BY_NUMBER[i].number != i) {
                throw new AssertionError(BY_NUMBER[i] + " is command " + BY_NUMBER[i].number);
            }
        }
    }

    private final int number;
    private final int requestLength;
    private final int responseLength;
    private final Wrong wrongRequest;
    private final Wrong wrongResponse;

    Command(int number, int requestLength, int responseLength, Wrong wrongRequest, Wrong wrongResponse) {
        this.number = number;
        this.requestLength = requestLength;
        this.responseLength = responseLength;
        this.wrongRequest = wrongRequest;
        this.wrongResponse = wrongResponse;
    }

    /** @throws ArrayIndexOutOfBoundsException unless {@code number} is 0..19 */
    public static Command of(int number) {
        return BY_NUMBER[number];
    }

    /** The value on the wire, 0..19. */
    public int number() {
        return number;
    }

    /** Whether a request can have this payload length, bytes. */
    public boolean validRequestLength(int length) {
        return length == requestLength;
    }

    /** Whether a response without error can have this payload; only lengths and the count of LOCK_RECOVER are looked at. */
    public boolean validResponse(byte[] payload) {
        return responseLength == VARIABLE ? LockRecover.isValid(payload) : payload.length == responseLength;
    }

    /** Whether a request of wrong length closes the connection; else it is answered EINVAL. */
    public boolean wrongRequestCloses() {
        return wrongRequest == Wrong.CLOSE;
    }

    /** Whether a response of wrong length closes the connection; else the caller sees EMSGSIZE. */
    public boolean wrongResponseCloses() {
        return wrongResponse == Wrong.CLOSE;
    }

    /** Whether a response may carry an error: LOCK must not (the peer would drop it and the lock would be stuck). */
    public boolean mayAnswerError() {
        return this != LOCK;
    }
}
