package org.scoutfs.app.quota;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.OpenFlags;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.vfs.ArchiveQueries.RulePosition;
import org.scoutfs.vfs.ArchiveQueries.Rules;
import picocli.CommandLine.Option;

/** The mount whose quota rules a command is about. */
final class QuotaMount {
    private static final int BATCH = 1024;

    @Option(
            names = {"-p", "--path"},
            required = true,
            paramLabel = "PATH",
            description = "Any path within the mount.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private String path;

    IoctlFile open() throws FsException {
        return IoctlFile.open(path, OpenFlags.O_RDONLY);
    }

    /** All rules, the one that decides first in front; or in the order in which they are stored. */
    static List<QuotaRule> rules(IoctlFile mount, boolean unsorted) throws FsException {
        List<QuotaRule> rules = new ArrayList<>();
        RulePosition next = new RulePosition(0, 0);
        while (true) {
            RulePosition from = next;
            Rules found = IoctlErrors.ask("GET_QUOTA_RULES ioctl failed", () -> mount.quotaRules(from, BATCH));
            if (found.rules().isEmpty()) {
                break;
            }
            rules.addAll(found.rules());
            next = found.next();
        }
        if (!unsorted) {
            rules.sort(Comparator.reverseOrder());
        }
        return rules;
    }
}
