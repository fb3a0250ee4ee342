package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Addresses of the quorum slots, 488 bytes within the super block, spec 1 section 6.
 *
 * <pre>
 * off len field
 *   0   8 version   1 at mkfs, incremented when rewritten
 *   8 32*15 slots   {@link InetAddr}; a slot is present iff it holds an IPv4 address
 * </pre>
 *
 * @param slots fifteen, by slot number
 */
public record QuorumConfig(long version, List<InetAddr> slots) {
    public static final int SIZE = 488;
    public static final int SLOTS = VolumeLayout.QUORUM_SLOTS;
    /** No slot present, version 0: all zero. */
    public static final QuorumConfig EMPTY = new QuorumConfig(0, Collections.nCopies(SLOTS, InetAddr.NONE));

    private static final int VERSION = 0;
    private static final int SLOT = 8;

    /** @throws IllegalArgumentException if there are not fifteen slots */
    public QuorumConfig {
        if (slots.size() != SLOTS) {
            throw new IllegalArgumentException(slots.size() + " slots");
        }
        slots = List.copyOf(slots);
    }

    public static QuorumConfig read(MemorySegment seg, long off) {
        List<InetAddr> slots = new ArrayList<>(SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            slots.add(InetAddr.read(seg, off + SLOT + (long) i * InetAddr.SIZE));
        }
        return new QuorumConfig(Le.u64(seg, off + VERSION), slots);
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + VERSION, version);
        for (int i = 0; i < SLOTS; i++) {
            slots.get(i).write(seg, off + SLOT + (long) i * InetAddr.SIZE);
        }
    }

    /** Address of slot {@code nr}, 0..14. */
    public InetAddr slot(int nr) {
        return slots.get(nr);
    }

    /** Whether slot {@code nr}, 0..14, takes part in the quorum. */
    public boolean isPresent(int nr) {
        return slots.get(nr).isPresent();
    }

    /** Number of present slots. */
    public int countPresent() {
        return (int) slots.stream().filter(InetAddr::isPresent).count();
    }

    /** This configuration with another address in slot {@code nr}; the version is kept. */
    public QuorumConfig withSlot(int nr, InetAddr addr) {
        List<InetAddr> changed = new ArrayList<>(slots);
        changed.set(nr, addr);
        return new QuorumConfig(version, changed);
    }

    /** This configuration with another version. */
    public QuorumConfig withVersion(long newVersion) {
        return new QuorumConfig(newVersion, slots);
    }

    /**
     * Why a mount cannot take part in quorum with these addresses, in words: no slot present, an address that is not usable, two
     * slots with one address. Empty if it can.
     */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        Map<InetAddr, Integer> seen = new HashMap<>();
        for (int nr = 0; nr < SLOTS; nr++) {
            InetAddr addr = slots.get(nr);
            if (!addr.isPresent()) {
                continue;
            }
            if (!addr.isUsable()) {
                problems.add("quorum slot %d: address %s is not a unicast IPv4 address with a port of 1..65534"
                        .formatted(nr, addr));
            }
            Integer other = seen.putIfAbsent(addr, nr);
            if (other != null) {
                problems.add("quorum slots %d and %d have the same address %s".formatted(other, nr, addr));
            }
        }
        if (seen.isEmpty()) {
            problems.add("no quorum slot is configured");
        }
        return problems;
    }
}
