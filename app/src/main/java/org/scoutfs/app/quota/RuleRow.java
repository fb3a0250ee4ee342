package org.scoutfs.app.quota;

import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.Row;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.QuotaRule.Name;

/** A quota rule on a line. */
record RuleRow(QuotaRule rule) implements Row {
    @Override
    public String text() {
        return RuleText.format(rule) + "\n";
    }

    @Override
    public void fields(FieldSink to) {
        to.unsigned("priority", rule.prio());
        to.rows("names", rule.names().stream().map(NameRow::new).toList());
        to.text("op", rule.op() == QuotaRule.OP_INODE ? "inode" : "data");
        to.unsigned("limit", rule.limit());
        to.flag("count", (rule.flags() & QuotaRule.FLAG_COUNT) != 0);
    }

    private record NameRow(Name name) implements Row {
        @Override
        public String text() {
            return Long.toUnsignedString(name.value());
        }

        @Override
        public void fields(FieldSink to) {
            to.unsigned("value", name.value());
            to.text(
                    "source",
                    switch (name.source()) {
                        case QuotaRule.SOURCE_LITERAL -> "literal";
                        case QuotaRule.SOURCE_PROJ -> "project";
                        case QuotaRule.SOURCE_UID -> "uid";
                        case QuotaRule.SOURCE_GID -> "gid";
                        default -> Integer.toString(name.source());
                    });
            to.flag("select", (name.flags() & QuotaRule.NAME_FLAG_SELECT) != 0);
        }
    }
}
