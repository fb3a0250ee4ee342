package org.scoutfs.fs.quota;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.QuotaRule;

/** The rules in force, the greatest first. Immutable. */
record Ruleset(List<QuotaRule> rules) {
    Ruleset {
        rules = rules.stream().sorted(Comparator.reverseOrder()).toList();
    }

    /** Whose creation or write is checked. */
    record Subject(int op, long project, int uid, int gid) {
        long attribute(QuotaRule.Name name) {
            return switch (name.source()) {
                case QuotaRule.SOURCE_PROJ -> project;
                case QuotaRule.SOURCE_UID -> Integer.toUnsignedLong(uid);
                case QuotaRule.SOURCE_GID -> Integer.toUnsignedLong(gid);
                default -> name.value();
            };
        }
    }

    /** The only rule that counts: the greatest one that matches, or null. */
    @Nullable
    QuotaRule enforced(Subject subject) {
        for (QuotaRule rule : rules) {
            if (rule.op() == subject.op() && selects(rule, subject)) {
                return rule;
            }
        }
        return null;
    }

    private static boolean selects(QuotaRule rule, Subject subject) {
        for (QuotaRule.Name name : rule.names()) {
            boolean select = (name.flags() & QuotaRule.NAME_FLAG_SELECT) != 0;
            if (select && subject.attribute(name) != name.value()) {
                return false;
            }
        }
        return true;
    }

    /** The total that the rule compares for this subject. */
    static Key totlKey(QuotaRule rule, Subject subject) {
        List<QuotaRule.Name> names = rule.names();
        return Keys.totl(
                subject.attribute(names.get(0)), subject.attribute(names.get(1)), subject.attribute(names.get(2)));
    }
}
