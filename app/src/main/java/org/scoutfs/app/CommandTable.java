package org.scoutfs.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.admin.CountersCommand;
import org.scoutfs.app.admin.DfCommand;
import org.scoutfs.app.admin.ResizeDevicesCommand;
import org.scoutfs.app.admin.StatCommand;
import org.scoutfs.app.admin.StatfsCommand;
import org.scoutfs.app.archive.ArchiveCommand;
import org.scoutfs.app.contents.DataWaitErrCommand;
import org.scoutfs.app.contents.DataWaitingCommand;
import org.scoutfs.app.contents.GetAttrXCommand;
import org.scoutfs.app.contents.GetFiemapCommand;
import org.scoutfs.app.contents.MoveBlocksCommand;
import org.scoutfs.app.contents.PunchOfflineCommand;
import org.scoutfs.app.contents.ReleaseCommand;
import org.scoutfs.app.contents.SetAttrXCommand;
import org.scoutfs.app.contents.SetattrCommand;
import org.scoutfs.app.contents.StageCommand;
import org.scoutfs.app.demo.DemoCommand;
import org.scoutfs.app.fenced.FencedCommand;
import org.scoutfs.app.man.CompletionCommand;
import org.scoutfs.app.man.ManPageCommand;
import org.scoutfs.app.mkfs.MkfsCommand;
import org.scoutfs.app.mount.MountCommand;
import org.scoutfs.app.mount.UmountCommand;
import org.scoutfs.app.offline.ChangeFormatVersionCommand;
import org.scoutfs.app.offline.ChangeQuorumConfigCommand;
import org.scoutfs.app.offline.PrepareEmptyDataDeviceCommand;
import org.scoutfs.app.print.PrintCommand;
import org.scoutfs.app.quota.QuotaAddCommand;
import org.scoutfs.app.quota.QuotaDelCommand;
import org.scoutfs.app.quota.QuotaListCommand;
import org.scoutfs.app.quota.QuotaRestoreCommand;
import org.scoutfs.app.quota.QuotaWipeCommand;
import org.scoutfs.app.search.GetAllocatedInosCommand;
import org.scoutfs.app.search.GetReferringEntriesCommand;
import org.scoutfs.app.search.InoPathCommand;
import org.scoutfs.app.search.ListHiddenXattrsCommand;
import org.scoutfs.app.search.ReadXattrIndexCommand;
import org.scoutfs.app.search.ReadXattrTotalsCommand;
import org.scoutfs.app.search.SearchXattrsCommand;
import org.scoutfs.app.search.WalkInodesCommand;
import org.scoutfs.app.status.MountsCommand;
import org.scoutfs.app.status.QuorumCommand;
import picocli.CommandLine.HelpCommand;

/**
 * Every command, in the groups in which the usage shows them. A new command is a line here.
 *
 * <p>The names stand here although each class has its own, so that a run can build the model of the one command that it needs: all of them
 * cost a tenth of a second.
 */
enum CommandTable {
    DEMO(Group.CORE, "demo", DemoCommand.class),
    MKFS(Group.CORE, "mkfs", MkfsCommand.class),
    MOUNT(Group.CORE, "mount", MountCommand.class),
    UMOUNT(Group.CORE, "umount", UmountCommand.class),
    DF(Group.CORE, "df", DfCommand.class),
    MOUNTS(Group.CORE, "mounts", MountsCommand.class),
    QUORUM(Group.CORE, "quorum", QuorumCommand.class),
    FENCED(Group.CORE, "fenced", FencedCommand.class),
    CHANGE_FORMAT_VERSION(Group.CORE, "change-format-version", ChangeFormatVersionCommand.class),
    CHANGE_QUORUM_CONFIG(Group.CORE, "change-quorum-config", ChangeQuorumConfigCommand.class),
    PREPARE_EMPTY_DATA_DEVICE(Group.CORE, "prepare-empty-data-device", PrepareEmptyDataDeviceCommand.class),
    COUNTERS(Group.CORE, "counters", CountersCommand.class),
    RESIZE_DEVICES(Group.CORE, "resize-devices", ResizeDevicesCommand.class),
    QUOTA_ADD(Group.CORE, "quota-add", QuotaAddCommand.class),
    QUOTA_DEL(Group.CORE, "quota-del", QuotaDelCommand.class),
    QUOTA_LIST(Group.CORE, "quota-list", QuotaListCommand.class),
    QUOTA_WIPE(Group.CORE, "quota-wipe", QuotaWipeCommand.class),
    QUOTA_RESTORE(Group.CORE, "quota-restore", QuotaRestoreCommand.class),

    STAT(Group.INFORMATION, "stat", StatCommand.class),
    STATFS(Group.INFORMATION, "statfs", StatfsCommand.class),
    GET_ATTR_X(Group.INFORMATION, "get-attr-x", GetAttrXCommand.class),
    SET_ATTR_X(Group.INFORMATION, "set-attr-x", SetAttrXCommand.class),
    GET_FIEMAP(Group.INFORMATION, "get-fiemap", GetFiemapCommand.class),
    INO_PATH(Group.INFORMATION, "ino-path", InoPathCommand.class),
    GET_REFERRING_ENTRIES(Group.INFORMATION, "get-referring-entries", GetReferringEntriesCommand.class),
    LIST_HIDDEN_XATTRS(Group.INFORMATION, "list-hidden-xattrs", ListHiddenXattrsCommand.class),

    SEARCH_XATTRS(Group.SEARCH, "search-xattrs", SearchXattrsCommand.class),
    READ_XATTR_INDEX(Group.SEARCH, "read-xattr-index", ReadXattrIndexCommand.class),
    READ_XATTR_TOTALS(Group.SEARCH, "read-xattr-totals", ReadXattrTotalsCommand.class),
    WALK_INODES(Group.SEARCH, "walk-inodes", WalkInodesCommand.class),

    ARCHIVE(Group.ARCHIVE, "archive", ArchiveCommand.class),
    DATA_WAITING(Group.ARCHIVE, "data-waiting", DataWaitingCommand.class),
    DATA_WAIT_ERR(Group.ARCHIVE, "data-wait-err", DataWaitErrCommand.class),
    RELEASE(Group.ARCHIVE, "release", ReleaseCommand.class),
    STAGE(Group.ARCHIVE, "stage", StageCommand.class),
    MOVE_BLOCKS(Group.ARCHIVE, "move-blocks", MoveBlocksCommand.class),
    PUNCH_OFFLINE(Group.ARCHIVE, "punch-offline", PunchOfflineCommand.class),
    SETATTR(Group.ARCHIVE, "setattr", SetattrCommand.class),

    GET_ALLOCATED_INOS(Group.DEBUGGING, "get-allocated-inos", GetAllocatedInosCommand.class),
    PRINT(Group.DEBUGGING, "print", PrintCommand.class),
    COMPLETION(Group.DEBUGGING, "completion", CompletionCommand.class),
    MAN_PAGE(Group.DEBUGGING, "man-page", ManPageCommand.class),
    HELP(Group.DEBUGGING, "help", HelpCommand.class);

    /** A heading of the usage. */
    enum Group {
        CORE("Core admin"),
        INFORMATION("Additional Information"),
        SEARCH("Search Acceleration"),
        ARCHIVE("Archival Agent Support"),
        DEBUGGING("Debugging commands");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        List<CommandTable> commands() {
            List<CommandTable> commands = new ArrayList<>();
            for (CommandTable command : CommandTable.values()) {
                if (command.group == this) {
                    commands.add(command);
                }
            }
            return commands;
        }
    }

    private final Group group;
    private final String commandName;
    private final Class<?> type;

    CommandTable(Group group, String commandName, Class<?> type) {
        this.group = group;
        this.commandName = commandName;
        this.type = type;
    }

    String commandName() {
        return commandName;
    }

    Class<?> type() {
        return type;
    }

    /** Whether it is about all commands. */
    boolean needsAll() {
        return this == HELP || this == COMPLETION || this == MAN_PAGE;
    }

    static @Nullable CommandTable of(String name) {
        return Arrays.stream(values())
                .filter(command -> command.commandName.equals(name))
                .findFirst()
                .orElse(null);
    }
}
