package org.scoutfs.app.quota;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.NumberText;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.QuotaRule.Name;

/**
 * Quota rules as text (spec 5 section 5.5).
 *
 * <pre>PRIO V1,S1,F1 V2,S2,F2 V3,S3,F3 OP LIMIT FLAG</pre>
 *
 * Values and limits are shown in decimal and taken in C notation. S is L literal, P project, U uid, G gid; F is S select or -; OP is I creation
 * of inodes or D data; FLAG is C count or -.
 */
final class RuleText {
    private static final String SOURCES = "LPUG";
    private static final String NAME_FLAGS = "-S";
    private static final String OPS = "ID";
    private static final String FLAGS = "-C";
    private static final int FIELDS = 7;
    private static final int PRIO_MAX = 255;

    private RuleText() {}

    static String format(QuotaRule rule) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%3d", rule.prio()));
        for (Name name : rule.names()) {
            text.append(' ')
                    .append(Long.toUnsignedString(name.value()))
                    .append(',')
                    .append(source(name))
                    .append(',')
                    .append(letter(NAME_FLAGS, name.flags()));
        }
        return text.append(' ')
                .append(letter(OPS, rule.op()))
                .append(' ')
                .append(Long.toUnsignedString(rule.limit()))
                .append(' ')
                .append(letter(FLAGS, rule.flags()))
                .toString();
    }

    static char source(Name name) {
        return letter(SOURCES, name.source());
    }

    private static char letter(String letters, int code) {
        return code < letters.length() ? letters.charAt(code) : '?';
    }

    /** @throws FsException EINVAL with a message that shows the rule */
    static QuotaRule parse(String text) throws FsException {
        String[] fields = text.strip().split("\\s+");
        if (fields.length != FIELDS) {
            throw invalid("invalid rule, " + (fields.length < FIELDS ? "missing" : "too many") + " fields: " + text);
        }
        long prio = number(fields[0], "priority", text);
        if (Long.compareUnsigned(prio, PRIO_MAX) > 0) {
            throw invalid("invalid priority '" + fields[0] + "', must be between 0 and 255, in rule:\t" + text);
        }
        List<Name> names = new ArrayList<>();
        for (int i = 0; i < QuotaRule.NAMES; i++) {
            names.add(name(fields[1 + i], i + 1, text));
        }
        return new QuotaRule(
                (int) prio,
                names,
                code(OPS, fields[4], "op", text),
                number(fields[5], "limit", text),
                code(FLAGS, fields[6], "flag", text));
    }

    private static Name name(String field, int number, String text) throws FsException {
        String[] parts = field.split(",", -1);
        if (parts.length != 3) {
            throw invalid("invalid rule, missing fields: " + text);
        }
        String where = " in name #" + number;
        return new Name(
                number(parts[0], "value", text),
                code(SOURCES, parts[1], "name source", where, text),
                code(NAME_FLAGS, parts[2], "name flag", where, text));
    }

    private static int code(String letters, String field, String what, String text) throws FsException {
        return code(letters, field, what, "", text);
    }

    private static int code(String letters, String field, String what, String where, String text) throws FsException {
        int code = field.length() == 1 ? letters.indexOf(field.charAt(0)) : -1;
        if (code < 0) {
            throw invalid("invalid " + what + " '" + field + "'" + where + " in rule:\t" + text);
        }
        return code;
    }

    private static long number(String field, String what, String text) throws FsException {
        OptionalLong number = NumberText.parse(field.getBytes(StandardCharsets.UTF_8));
        if (number.isEmpty()) {
            throw invalid("invalid " + what + " '" + field + "' in rule:\t" + text);
        }
        return number.getAsLong();
    }

    private static FsException invalid(String message) {
        return new FsException(Errno.EINVAL, message);
    }
}
