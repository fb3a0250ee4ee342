package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.vfs.ArchiveQueries.RulePosition;
import org.scoutfs.vfs.ArchiveQueries.Rules;

/** Quota rules; their structure is that of the item, {@link QuotaRule}. */
final class QuotaIoctls {
    private static final int GET_BYTES = 32;

    private QuotaIoctls() {}

    /**
     * {@code iterator[2]@0 rules_ptr@16 rules_nr@24}. The command says that the caller only reads, so its structure is fetched; it comes back with
     * the iterator advanced.
     */
    static int rules(IoctlCall c) throws FsException {
        c.requireAdministrator();
        c.fetch(GET_BYTES);
        RulePosition position = new RulePosition(c.u64(0), c.u64(8));
        CallerArray out = new CallerArray(c, c.u64(16), QuotaRule.SIZE, c.u64(24));
        boolean more = out.wanted() > 0;
        while (more) {
            Rules found = c.queries().quotaRules(c.who(), position, out.wanted());
            more = out.add(found.rules(), (to, at, rule) -> rule.write(to, at));
            position = found.next();
        }
        MemorySegment reply = c.repliesCopy();
        Le.put64(reply, 0, position.hash());
        Le.put64(reply, 8, position.collision());
        return out.count();
    }

    static int add(IoctlCall c) throws FsException {
        c.queries().addQuotaRule(c.who(), QuotaRule.read(c.in(), 0));
        return 0;
    }

    static int delete(IoctlCall c) throws FsException {
        c.queries().deleteQuotaRule(c.who(), QuotaRule.read(c.in(), 0));
        return 0;
    }
}
