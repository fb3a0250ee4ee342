package org.scoutfs.app.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountDebug;

/** The files that the reference has in debugfs: spec 5 section 6.3. */
final class DebugTree {
    private static final List<String> TRIGGERS = List.of(
            "block_remove_stale",
            "log_merge_force_finalize_ours",
            "srch_compact_logs_pad_safe",
            "srch_force_log_rotate",
            "srch_merge_stop_safe",
            "statfs_lock_purge",
            "reclaim_skip_finalize",
            "log_merge_force_partial",
            "alloc_fill_freed_list");

    private DebugTree() {}

    static ControlNode.Directory of(Mount mount) {
        return of(mount.debug());
    }

    private static ControlNode.Directory of(MountDebug debug) {
        Map<String, ControlNode> always = new LinkedHashMap<>();
        always.put("client_locks", ControlNode.secret(() -> lines(debug.clientLocks())));
        always.put("connections", ControlNode.secret(() -> lines(debug.connections())));
        always.put("messages", ControlNode.secret(() -> lines(debug.messages())));
        always.put("drop_weak_item_cache", ControlNode.writable(() -> "", text -> debug.dropWeakItemCache()));
        always.put("drop_quota_check_cache", ControlNode.writable(() -> "", text -> debug.dropQuotaCheckCache()));
        always.put("trigger", triggers(debug));
        Map<String, ControlNode> leading = new LinkedHashMap<>(always);
        leading.put("server_locks", ControlNode.secret(() -> lines(debug.serverLocks())));
        leading.put("server_lock_stats", ControlNode.secret(() -> lines(debug.serverLockStats())));
        return new ControlNode.Directory(() -> debug.leads() ? leading : always);
    }

    private static ControlNode triggers(MountDebug debug) {
        Map<String, ControlNode> files = new TreeMap<>();
        for (String name : TRIGGERS) {
            files.put(
                    name,
                    ControlNode.writable(
                            () -> debug.isArmed(name) ? "1\n" : "0\n", text -> debug.setTrigger(name, flag(text))));
        }
        return ControlNode.directory(files);
    }

    private static boolean flag(String text) throws FsException {
        return switch (text.strip()) {
            case "0" -> false;
            case "1" -> true;
            default -> throw new FsException(Errno.EINVAL);
        };
    }

    private static String lines(List<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }
}
