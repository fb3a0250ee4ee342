package org.scoutfs.quorum;

import java.util.List;
import java.util.Locale;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.wire.QuorumMessage;

/**
 * What a member's agent was about to do at its last pass: content of the files {@code quorum/status} and {@code quorum/is_leader} (spec 3
 * section 3.9, spec 5 section 6.2). Immutable. Times are nanoseconds of the host's clock.
 *
 * @param term unsigned
 * @param serverStartTerm term the own server was started with, 0 if it is down and recorded so
 * @param serverEvent recorded last in the own block
 * @param voteFor slot voted for in this term, -1 none
 * @param voteBits slots that voted for this one
 * @param deadlineNanos of the present timeout
 * @param sent last message to each slot with traffic
 * @param received last message from each slot with traffic
 * @param delays of heartbeats, of at least one second
 */
public record QuorumStatus(
        int slot,
        long term,
        long serverStartTerm,
        QuorumBlockEvent serverEvent,
        Role role,
        int voteFor,
        int voteBits,
        long deadlineNanos,
        List<Traffic> sent,
        List<Traffic> received,
        List<Delay> delays) {
    /** What a member is in its term. */
    public enum Role {
        FOLLOWER,
        CANDIDATE,
        LEADER
    }

    /** The last message to or from a slot. */
    public record Traffic(int slot, long term, QuorumMessage.Type type, long atNanos) {}

    /** How often consecutive heartbeats were this many seconds apart, and when last. */
    public record Delay(int seconds, long count, long lastNanos) {}

    public QuorumStatus {
        sent = List.copyOf(sent);
        received = List.copyOf(received);
        delays = List.copyOf(delays);
    }

    public boolean isLeader() {
        return role == Role.LEADER;
    }

    /** Content of {@code is_leader}: no newline. */
    public String isLeaderText() {
        return isLeader() ? "1" : "0";
    }

    /** Content of {@code status}, at a moment of the host's clock. */
    public String text(long nowNanos) {
        StringBuilder text = new StringBuilder();
        text.append("quorum_slot_nr ").append(slot).append('\n');
        text.append("term ").append(Long.toUnsignedString(term)).append('\n');
        text.append("server_start_term ")
                .append(Long.toUnsignedString(serverStartTerm))
                .append('\n');
        text.append("server_event ").append(eventNumber()).append('\n');
        text.append("role ")
                .append(roleNumber())
                .append(" (")
                .append(role.name().toLowerCase(Locale.ROOT));
        text.append(")\n");
        text.append("vote_for ").append(voteFor).append('\n');
        text.append("vote_bits 0x").append(Integer.toHexString(voteBits));
        text.append(" (count ").append(Integer.bitCount(voteBits)).append(")\n");
        text.append("timeout_in_secs ")
                .append(seconds(deadlineNanos - nowNanos))
                .append('\n');
        sent.forEach(traffic -> append(text, "last_send to ", traffic, nowNanos));
        received.forEach(traffic -> append(text, "last_recv from ", traffic, nowNanos));
        if (!delays.isEmpty()) {
            text.append("HB Delay(s)      Count  Secs Since\n");
            for (Delay delay : delays) {
                text.append(
                        "%11d  %9d  %s\n".formatted(delay.seconds, delay.count, seconds(nowNanos - delay.lastNanos)));
            }
        }
        return text.toString();
    }

    private int eventNumber() {
        return switch (serverEvent) {
            case BEGIN -> 0;
            case TERM -> 1;
            case ELECT -> 2;
            case FENCE -> 3;
            case STOP -> 4;
            case END -> 5;
        };
    }

    private int roleNumber() {
        return switch (role) {
            case FOLLOWER -> 0;
            case CANDIDATE -> 1;
            case LEADER -> 2;
        };
    }

    private static void append(StringBuilder text, String what, Traffic traffic, long nowNanos) {
        text.append(what)
                .append(traffic.slot)
                .append(" term ")
                .append(Long.toUnsignedString(traffic.term))
                .append(" type ")
                .append(traffic.type.number())
                .append(" secs_since ")
                .append(seconds(nowNanos - traffic.atNanos))
                .append('\n');
    }

    /** {@code 0.097306270}, with a minus sign in front of what is negative. */
    private static String seconds(long nanos) {
        long size = Math.abs(nanos);
        return (nanos < 0 ? "-" : "") + "%d.%09d".formatted(size / 1_000_000_000, size % 1_000_000_000);
    }
}
