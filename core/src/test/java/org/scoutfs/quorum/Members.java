package org.scoutfs.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;

/** The members of one volume on one simulated network, each with its own host, server and way to the shared device. */
final class Members implements AutoCloseable {
    static final long FSID = 0x1234567890abcdefL;
    private static final int FIRST_ADDRESS = 0x0a000001;
    private static final int PORT = 4000;

    final Simulation simulation;
    final QuorumConfig config;
    private final MemoryDevice device = MemoryDevice.create("meta", 1 << 20);
    private final List<Member> members = new ArrayList<>();
    private final Map<Long, Integer> leaders = new HashMap<>();

    /** One mount's quorum. */
    static final class Member {
        final int slot;
        final long rid;
        final TestHost host;
        final ScriptedServer server;
        final Counters counters = new Counters();
        final SlowDevice disk;
        final MetaDevice meta;
        final QuorumBlockFile blocks;
        final QuorumAgent agent;
        boolean closed;

        Member(Members all, int slot, long rid, boolean promptServer, long heartbeatTimeoutMs) throws FsException {
            this.slot = slot;
            this.rid = rid;
            this.host = all.simulation.host(address(slot));
            this.server = new ScriptedServer(promptServer);
            this.disk = new SlowDevice(all.device, host.clock(), rid);
            this.meta = new MetaDevice(disk, host, 1);
            this.blocks = new QuorumBlockFile(meta, FSID);
            this.agent = QuorumAgent.start(
                    host, blocks, all.config, FSID, slot, rid, () -> heartbeatTimeoutMs, server, counters);
        }

        boolean isLeader() {
            return agent.status().isLeader();
        }
    }

    Members(long seed, int slots) throws Exception {
        simulation = new Simulation(seed);
        QuorumConfig configured = QuorumConfig.EMPTY.withVersion(1);
        for (int slot = 0; slot < slots; slot++) {
            configured = configured.withSlot(slot, InetAddr.ipv4(address(slot), PORT));
        }
        config = configured;
        simulation.run(() -> {
            try (MetaDevice meta = new MetaDevice(device, simulation.host(1), 1)) {
                QuorumBlockFile blocks = new QuorumBlockFile(meta, FSID);
                for (int slot = 0; slot < QuorumConfig.SLOTS; slot++) {
                    blocks.write(slot, QuorumBlock.unused(FSID, slot));
                }
            }
        });
    }

    static int address(int slot) {
        return FIRST_ADDRESS + slot;
    }

    /** Mounts a member. */
    Member start(int slot, long rid) throws Exception {
        return start(slot, rid, true, 10_000);
    }

    Member start(int slot, long rid, boolean promptServer, long heartbeatTimeoutMs) throws Exception {
        Member member = simulation.call(
                TimeUnit.SECONDS.toNanos(1), () -> new Member(this, slot, rid, promptServer, heartbeatTimeoutMs));
        members.add(member);
        return member;
    }

    /** Lets time pass in small steps, and checks after each that no term had two leaders. */
    void advanceMs(long ms) {
        for (long i = 0; i < ms; i += 10) {
            simulation.advance(TimeUnit.MILLISECONDS.toNanos(10));
            checkOneLeaderPerTerm();
        }
    }

    private void checkOneLeaderPerTerm() {
        for (Member member : members) {
            QuorumStatus status = member.agent.status();
            if (status.isLeader()) {
                Integer slot = leaders.putIfAbsent(status.term(), member.slot);
                assertThat(slot == null ? member.slot : slot)
                        .as("leader of term %d", status.term())
                        .isEqualTo(member.slot);
            }
        }
    }

    /** The leader of the highest term, if anybody leads. */
    @Nullable
    Member leader() {
        return members.stream()
                .filter(Member::isLeader)
                .max(Comparator.comparingLong(member -> member.agent.status().term()))
                .orElse(null);
    }

    /** Lets time pass until somebody with a server that is UP leads; returns it. */
    Member awaitLeader(long limitMs) {
        for (long i = 0; i < limitMs; i += 10) {
            Member leader = leader();
            if (leader != null && leader.server.state() == ServerControl.State.UP) {
                return leader;
            }
            advanceMs(10);
        }
        throw new AssertionError("no leader after " + limitMs + " ms");
    }

    QuorumBlock block(int slot) throws Exception {
        return simulation.call(TimeUnit.SECONDS.toNanos(1), () -> {
            try (MetaDevice meta = new MetaDevice(device, simulation.host(1), 1)) {
                return new QuorumBlockFile(meta, FSID).read(slot);
            }
        });
    }

    void write(int slot, QuorumBlock block) throws Exception {
        simulation.run(() -> {
            try (MetaDevice meta = new MetaDevice(device, simulation.host(1), 1)) {
                new QuorumBlockFile(meta, FSID).write(slot, block);
            }
        });
    }

    /** {@code BEGIN 1 term 0, TERM 2 term 1, ...} in the order they were written. */
    String events(int slot) throws Exception {
        QuorumBlock block = block(slot);
        List<QuorumBlockEvent> kinds = new ArrayList<>();
        for (QuorumBlockEvent kind : QuorumBlockEvent.values()) {
            if (block.event(kind).writeNr() != 0) {
                kinds.add(kind);
            }
        }
        kinds.sort(Comparator.comparingLong(kind -> block.event(kind).writeNr()));
        StringBuilder text = new StringBuilder();
        for (QuorumBlockEvent kind : kinds) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(kind)
                    .append(' ')
                    .append(block.event(kind).term());
        }
        return text.toString();
    }

    /** Unmounts a member cleanly. */
    void close(Member member) throws Exception {
        member.closed = true;
        simulation.run(() -> {
            member.agent.close();
            member.meta.close();
        });
    }

    @Override
    public void close() {
        try {
            for (Member member : members) {
                if (!member.closed) {
                    member.server.finishAtOnce();
                    close(member);
                }
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        simulation.close();
    }
}
