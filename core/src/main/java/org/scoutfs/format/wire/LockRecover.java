package org.scoutfs.format.wire;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.format.Le;

/**
 * Response to LOCK_RECOVER ({@code struct scoutfs_net_lock_recover}), 8 + 48·n bytes, spec 3 sections 5.6 and 10. The request's
 * payload is the key to start from.
 *
 * <pre>
 * off len field
 *   0   2 nr      0..22; 0 says that there are no more
 *   2   6 pad
 *   8 48n locks   ascending by key; old_mode equals new_mode
 * </pre>
 */
public record LockRecover(List<LockMessage> locks) {
    /** Bytes before the locks. */
    public static final int HEADER_SIZE = 8;
    /** As many locks as a payload has room for. */
    public static final int MAX_LOCKS = (NetHeader.MAX_DATA_LEN - HEADER_SIZE) / LockMessage.SIZE;

    private static final int NR = 0;

    /** @throws IllegalArgumentException if there are more than 22 locks */
    public LockRecover {
        if (locks.size() > MAX_LOCKS) {
            throw new IllegalArgumentException(locks.size() + " locks, at most " + MAX_LOCKS + " fit");
        }
        locks = List.copyOf(locks);
    }

    /** Whether the payload is as long as its count says. */
    public static boolean isValid(byte[] payload) {
        if (payload.length < HEADER_SIZE) {
            return false;
        }
        int nr = Le.u16(MemorySegment.ofArray(payload), NR);
        return nr <= MAX_LOCKS && payload.length == HEADER_SIZE + nr * LockMessage.SIZE;
    }

    /** @throws IllegalArgumentException if the payload is not as long as its count says */
    public static LockRecover of(byte[] payload) {
        if (!isValid(payload)) {
            throw new IllegalArgumentException("lock recover payload of " + payload.length + " bytes");
        }
        MemorySegment seg = MemorySegment.ofArray(payload);
        int nr = Le.u16(seg, NR);
        List<LockMessage> locks = new ArrayList<>(nr);
        for (int i = 0; i < nr; i++) {
            locks.add(LockMessage.read(seg, offset(i)));
        }
        return new LockRecover(locks);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[HEADER_SIZE + locks.size() * LockMessage.SIZE];
        MemorySegment seg = MemorySegment.ofArray(bytes);
        Le.put16(seg, NR, locks.size());
        for (int i = 0; i < locks.size(); i++) {
            locks.get(i).write(seg, offset(i));
        }
        return bytes;
    }

    private static long offset(int index) {
        return HEADER_SIZE + (long) index * LockMessage.SIZE;
    }
}
