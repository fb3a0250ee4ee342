package org.scoutfs.app.mkfs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsParameters.QuorumSlot;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.VolumeLayout;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code NR,ADDR,PORT} of a quorum slot, with the reference's messages. */
public final class QuorumSlotText {
    private static final Pattern DOTTED = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final int PORT_MAX = 65535;

    private QuorumSlotText() {}

    /** @throws ParameterException for a text that is no slot, and for two that exclude each other */
    public static List<QuorumSlot> parseAll(CommandLine line, List<String> texts) {
        List<QuorumSlot> slots = new ArrayList<>();
        for (String text : texts) {
            QuorumSlot slot = parse(line, text);
            for (QuorumSlot other : slots) {
                checkDistinct(line, other, slot, text);
            }
            slots.add(slot);
        }
        return slots;
    }

    /** The configuration with just these slots. */
    public static QuorumConfig config(List<QuorumSlot> slots, long version) {
        QuorumConfig config = QuorumConfig.EMPTY.withVersion(version);
        for (QuorumSlot slot : slots) {
            config = config.withSlot(slot.nr(), slot.addr());
        }
        return config;
    }

    private static void checkDistinct(CommandLine line, QuorumSlot other, QuorumSlot slot, String text) {
        if (other.nr() == slot.nr()) {
            throw new ParameterException(
                    line, "Quorum slot " + slot.nr() + " already specified before slot '" + text + "'");
        }
        if (other.addr().equals(slot.addr())) {
            line.getErr()
                    .println("quorum slot nr " + other.nr() + " and " + slot.nr() + " have the same address "
                            + slot.addr().dotted() + ":" + slot.addr().port());
            throw new ParameterException(line, "invalid quorum slot configuration");
        }
    }

    private static QuorumSlot parse(CommandLine line, String text) {
        String[] words = text.split(",", -1);
        if (words.length < 3 || words[0].isEmpty() || words[1].isEmpty() || words[2].isEmpty()) {
            throw new ParameterException(
                    line, "failed to parse all three NR,ADDR,PORT tokens in quorum slot '" + text + "'");
        }
        if (words.length > 3) {
            throw new ParameterException(line, "extra unparsed trailing characters in quorum slot '" + text + "'");
        }
        int nr = number(words[0]);
        if (nr < 0 || nr >= VolumeLayout.QUORUM_SLOTS) {
            throw new ParameterException(
                    line, "invalid nr '" + words[0] + "' in quorum slot '" + text + "', must be between 0 and 14");
        }
        int port = number(words[2]);
        if (port < 1 || port > PORT_MAX) {
            throw new ParameterException(
                    line,
                    "invalid ipv4 port '" + words[2] + "' in quorum slot '" + text + "', must be between 1 and 65535");
        }
        if (!isAddress(words[1])) {
            throw new ParameterException(line, "invalid ipv4 address '" + words[1] + "' in quorum slot '" + text + "'");
        }
        return new QuorumSlot(nr, InetAddr.parse(words[1], port));
    }

    private static int number(String text) {
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
    }

    private static boolean isAddress(String text) {
        var parts = DOTTED.matcher(text);
        if (!parts.matches() || text.equals("0.0.0.0") || text.equals("255.255.255.255")) {
            return false;
        }
        for (int i = 1; i <= 4; i++) {
            if (Integer.parseInt(parts.group(i)) > 255) {
                return false;
            }
        }
        return true;
    }
}
