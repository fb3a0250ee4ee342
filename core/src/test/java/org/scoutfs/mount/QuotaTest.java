package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.host.Simulation;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** Quota rules, what they forbid, and project ids: rows 102 and 127 to 133 of the edge cases in spec 4 section 15. */
class QuotaTest {
    private static final SimpleCredentials ROOT = Cluster.ROOT;
    private static final SimpleCredentials USER = SimpleCredentials.user(1000, 2000, Set.of(), 022);
    private static final SimpleCredentials OTHER_UID = SimpleCredentials.user(1001, 2000, Set.of(), 022);
    private static final SimpleCredentials OTHER_GID = SimpleCredentials.user(1000, 2001, Set.of(), 022);
    private static final QuotaRule.Name ONE = new QuotaRule.Name(1, QuotaRule.SOURCE_LITERAL, 0);
    private static final ArchiveQueries.RulePosition START = new ArchiveQueries.RulePosition(0, 0);

    private final long seed = Seeds.next("QuotaTest");
    private Cluster cluster;
    private Cluster.Node node;
    private Vfs vfs;
    private ArchiveQueries queries;
    private int names;

    @BeforeEach
    void mount() throws Exception {
        cluster = new Cluster(seed, 1);
        node = cluster.member(0);
        cluster.mountAll(List.of(node));
        use(node);
        cluster.run(() -> vfs.setattr(ROOT, 1, AttributeChanges.NONE.withMode(0777)));
    }

    @AfterEach
    void checkAndClose() throws Exception {
        cluster.run(node::unmount);
        assertThat(cluster.check().problems()).isEmpty();
        cluster.close();
    }

    private void use(Cluster.Node which) throws FsException {
        vfs = which.vfs();
        queries = vfs.archiveQueries();
    }

    private void run(Simulation.Body body) throws Exception {
        cluster.simulation.call(TimeUnit.HOURS.toNanos(1), () -> {
            body.run();
            return true;
        });
    }

    private static QuotaRule rule(int prio, int op, long limit, int flags, QuotaRule.Name... first) {
        List<QuotaRule.Name> all = new ArrayList<>(List.of(first));
        while (all.size() < QuotaRule.NAMES) {
            all.add(ONE);
        }
        return new QuotaRule(prio, all, op, limit, flags);
    }

    private static QuotaRule.Name select(int source, long value) {
        return new QuotaRule.Name(value, source, QuotaRule.NAME_FLAG_SELECT);
    }

    private byte[] newName() {
        return Cluster.name("f" + names++);
    }

    private long create(SimpleCredentials who) throws FsException {
        Vfs.Created created = vfs.create(who, 1, newName(), 0644, Modes.O_RDWR);
        vfs.release(created.file());
        vfs.forget(created.attributes().ino(), 1);
        return created.attributes().ino();
    }

    private void add(QuotaRule rule) throws FsException {
        queries.addQuotaRule(ROOT, rule);
    }

    /** Adds to a total as user space does, by an attribute, here of the root. */
    private void contribute(long a, long b, long c, long value) throws FsException {
        String name = "scoutfs.totl.q" + names++ + "." + a + "." + b + "." + c;
        vfs.setxattr(ROOT, 1, Cluster.name(name), Cluster.name(Long.toString(value)), 0, false);
    }

    /** What was committed is seen, and no check is remembered. */
    private void commitAndAge() throws Exception {
        vfs.syncfs();
        node.host.clock().sleep(TimeUnit.SECONDS.toNanos(16));
    }

    private static void assertExceeded(ThrowingCallable operation) {
        assertFails(Errno.EDQUOT, operation);
    }

    /** Changes the item of an inode directly. */
    private void change(long ino, Consumer<InodeItem> how) throws FsException {
        FileSystem fs = node.get().vfs().fileSystem();
        Inode inode = fs.get(ino, false);
        try (Modification m = new Modification(fs.context())) {
            m.lock(inode);
            m.expect(inode, false);
            m.hold(false);
            InodeItem changed = inode.copyForChange();
            how.accept(changed);
            m.update(inode, changed, false);
        } finally {
            fs.context().inodes().unpin(inode);
        }
    }

    @Test
    void inodeRuleStopsAllWaysToMakeInodes127() throws Exception {
        run(() -> {
            byte[] present = newName();
            long file = Cluster.write(vfs, 1, new String(present, java.nio.charset.StandardCharsets.UTF_8), new byte[1]);
            add(rule(1, QuotaRule.OP_INODE, 1, 0));
            create(ROOT);
            contribute(1, 1, 1, 1);
            commitAndAge();
            assertExceeded(() -> vfs.create(ROOT, 1, newName(), 0644, 2));
            assertExceeded(() -> vfs.mknod(ROOT, 1, newName(), 0644, 0));
            assertExceeded(() -> vfs.mkdir(ROOT, 1, newName(), 0755));
            assertExceeded(() -> vfs.symlink(ROOT, 1, newName(), newName()));
            assertExceeded(() -> vfs.tmpfile(ROOT, 1, 0644, 2));
            byte[] other = newName();
            vfs.link(ROOT, file, 1, other);
            vfs.rename(ROOT, 1, other, 1, newName(), 0);
            OpenFile open = vfs.open(ROOT, file, Modes.O_RDWR);
            vfs.write(open, 0, MemorySegment.ofArray(new byte[10]), false);
            vfs.release(open);
            queries.deleteQuotaRule(ROOT, rule(1, QuotaRule.OP_INODE, 1, 0));
            create(ROOT);
        });
    }

    @Test
    void dataRuleStopsWritesAndFallocate128() throws Exception {
        run(() -> {
            add(rule(1, QuotaRule.OP_DATA, 1, 0));
            contribute(1, 1, 1, 1);
            commitAndAge();
            long file = create(ROOT);
            OpenFile open = vfs.open(ROOT, file, Modes.O_RDWR);
            assertExceeded(() -> vfs.write(open, 0, MemorySegment.ofArray(new byte[1]), false));
            assertExceeded(() -> vfs.fallocate(open, 0, 0, 4096));
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withSize(100_000));
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withSize(10));
            assertThat(vfs.write(open, 0, MemorySegment.ofArray(new byte[0]), false))
                    .isZero();
            vfs.release(open);
        });
    }

    @Test
    void countsAndMissingTotals129() throws Exception {
        run(() -> {
            long file = create(ROOT);
            add(rule(1, QuotaRule.OP_DATA, 0, QuotaRule.FLAG_COUNT));
            commitAndAge();
            write(ROOT, file);
            vfs.setxattr(ROOT, file, Cluster.name("scoutfs.totl.1.1.1"), Cluster.name("0"), 0, false);
            commitAndAge();
            assertExceeded(() -> write(ROOT, file));
            vfs.removexattr(ROOT, file, Cluster.name("scoutfs.totl.1.1.1"));
            commitAndAge();
            write(ROOT, file);
        });
    }

    private void write(SimpleCredentials who, long file) throws FsException {
        OpenFile open = vfs.open(who, file, Modes.O_RDWR);
        try {
            vfs.write(open, 0, MemorySegment.ofArray(new byte[1]), false);
        } finally {
            vfs.release(open);
        }
    }

    @Test
    void selectingRules130() throws Exception {
        run(() -> {
            QuotaRule uid = rule(1, QuotaRule.OP_INODE, 1, 0, select(QuotaRule.SOURCE_UID, 1000));
            QuotaRule gid = rule(1, QuotaRule.OP_INODE, 1, 0, select(QuotaRule.SOURCE_GID, 2000));
            contribute(1000, 1, 1, 1);
            contribute(2000, 1, 1, 1);
            contribute(1000, 2000, 1, 1);
            add(uid);
            commitAndAge();
            assertExceeded(() -> create(USER));
            assertExceeded(() -> create(OTHER_GID));
            create(OTHER_UID);
            queries.deleteQuotaRule(ROOT, uid);
            add(gid);
            assertExceeded(() -> create(USER));
            assertExceeded(() -> create(OTHER_UID));
            create(OTHER_GID);
            queries.deleteQuotaRule(ROOT, gid);
            add(rule(
                    1,
                    QuotaRule.OP_INODE,
                    1,
                    0,
                    select(QuotaRule.SOURCE_UID, 1000),
                    select(QuotaRule.SOURCE_GID, 2000)));
            assertExceeded(() -> create(USER));
            create(OTHER_UID);
            create(OTHER_GID);
        });
    }

    @Test
    void onlyTheGreatestMatchingRuleCounts131() throws Exception {
        run(() -> {
            contribute(1, 1, 1, 50);
            contribute(1000, 1, 1, 5);
            add(rule(1, QuotaRule.OP_INODE, 100, 0));
            commitAndAge();
            create(USER);
            add(rule(2, QuotaRule.OP_INODE, 10, 0));
            assertExceeded(() -> create(USER));
            // one for this user alone, more important still, lifts the general limit
            QuotaRule own = rule(3, QuotaRule.OP_INODE, 10, 0, select(QuotaRule.SOURCE_UID, 1000));
            add(own);
            create(USER);
            assertExceeded(() -> create(OTHER_UID));
            // another with the same name and a smaller limit is not the greatest
            QuotaRule tighter = rule(3, QuotaRule.OP_INODE, 1, 0, select(QuotaRule.SOURCE_UID, 1000));
            add(tighter);
            create(USER);
            queries.deleteQuotaRule(ROOT, own);
            assertExceeded(() -> create(USER));
        });
    }

    @Test
    void attributesOfTheRightInode() throws Exception {
        run(() -> {
            long dir = vfs.mkdir(ROOT, 1, newName(), 02777).ino();
            change(dir, item -> {
                item.setProj(77);
                item.setGid(5);
                item.setMode(item.mode() | 02777);
            });
            // project of the directory, caller's uid, gid that the inode will get
            contribute(77, 1000, 5, 1);
            add(rule(
                    1,
                    QuotaRule.OP_INODE,
                    1,
                    0,
                    new QuotaRule.Name(0, QuotaRule.SOURCE_PROJ, 0),
                    new QuotaRule.Name(0, QuotaRule.SOURCE_UID, 0),
                    new QuotaRule.Name(0, QuotaRule.SOURCE_GID, 0)));
            commitAndAge();
            assertExceeded(() -> vfs.create(USER, dir, newName(), 0644, 2));
            vfs.mkdir(OTHER_UID, dir, newName(), 0755);
            vfs.mkdir(USER, 1, newName(), 0755);
            // of a write: the file's own, whoever writes
            long file = create(USER);
            change(file, item -> item.setProj(78));
            contribute(78, 1, 1, 1);
            add(rule(1, QuotaRule.OP_DATA, 1, 0, select(QuotaRule.SOURCE_PROJ, 78)));
            commitAndAge();
            assertExceeded(() -> write(ROOT, file));
        });
    }

    @Test
    void projectsAreInherited102() throws Exception {
        run(() -> {
            long dir = vfs.mkdir(ROOT, 1, newName(), 0755).ino();
            change(dir, item -> item.setProj(-1L));
            long sub = vfs.mkdir(ROOT, dir, newName(), 0755).ino();
            Vfs.Created file = vfs.create(ROOT, sub, newName(), 0644, 2);
            Vfs.Created unnamed = vfs.tmpfile(ROOT, sub, 0644, 2);
            assertThat(vfs.getattr(sub).project()).isEqualTo(-1L);
            assertThat(file.attributes().project()).isEqualTo(-1L);
            assertThat(unnamed.attributes().project()).isEqualTo(-1L);
            assertThat(vfs.symlink(ROOT, sub, newName(), newName()).project()).isEqualTo(-1L);
            byte[] moved = newName();
            vfs.link(ROOT, file.attributes().ino(), 1, moved);
            vfs.rename(ROOT, 1, moved, dir, moved, 0);
            assertThat(vfs.getattr(file.attributes().ino()).project()).isEqualTo(-1L);
            change(sub, item -> item.setProj(0));
            assertThat(vfs.mkdir(ROOT, sub, newName(), 0755).project()).isZero();
            vfs.release(file.file());
            vfs.release(unnamed.file());
        });
    }

    @Test
    void identicalMissingAndInvalidRules132() throws Exception {
        run(() -> {
            QuotaRule rule = rule(1, QuotaRule.OP_INODE, 1, 0);
            add(rule);
            assertFails(Errno.EEXIST, () -> add(rule));
            add(rule(1, QuotaRule.OP_INODE, 2, 0));
            add(rule(1, QuotaRule.OP_INODE, 1, QuotaRule.FLAG_COUNT));
            queries.deleteQuotaRule(ROOT, rule);
            assertFails(Errno.ENOENT, () -> queries.deleteQuotaRule(ROOT, rule));
            assertFails(Errno.ENOENT, () -> queries.deleteQuotaRule(ROOT, rule(2, QuotaRule.OP_INODE, 2, 0)));
            assertThat(queries.quotaRules(ROOT, START, 10).rules()).hasSize(2);
            for (QuotaRule bad : List.of(
                    rule(1, 2, 1, 0),
                    rule(1, 0, 1, 2),
                    rule(1, 0, 1, 0, new QuotaRule.Name(1, 4, 0)),
                    rule(1, 0, 1, 0, new QuotaRule.Name(1, 1, 2)),
                    rule(1, 0, 1, 0, select(QuotaRule.SOURCE_LITERAL, 1)),
                    rule(1, 0, 1, 0, select(QuotaRule.SOURCE_UID, 1), select(QuotaRule.SOURCE_UID, 2)))) {
                assertFails(Errno.EINVAL, () -> add(bad));
                assertFails(Errno.EINVAL, () -> queries.deleteQuotaRule(ROOT, bad));
            }
            add(rule(1, 0, 1, 0, select(QuotaRule.SOURCE_UID, 1), select(QuotaRule.SOURCE_UID, 1)));
        });
    }

    @Test
    void manyRulesAreListedInPartsAndEnforced133() throws Exception {
        Random random = new Random(seed);
        run(() -> {
            List<QuotaRule> all = new ArrayList<>();
            for (int i = 0; i < 50_000; i++) {
                QuotaRule rule = rule(
                        random.nextInt(200),
                        random.nextInt(2),
                        random.nextLong(),
                        0,
                        select(QuotaRule.SOURCE_UID, 10_000 + i));
                add(rule);
                all.add(rule);
            }
            contribute(1000, 1, 1, 1);
            add(rule(0, QuotaRule.OP_INODE, 1, 0, select(QuotaRule.SOURCE_UID, 1000)));
            all.add(rule(0, QuotaRule.OP_INODE, 1, 0, select(QuotaRule.SOURCE_UID, 1000)));
            commitAndAge();
            assertExceeded(() -> create(USER));
            create(OTHER_UID);
            List<QuotaRule> listed = new ArrayList<>();
            ArchiveQueries.Rules part = queries.quotaRules(ROOT, START, 777);
            while (!part.rules().isEmpty()) {
                listed.addAll(part.rules());
                part = queries.quotaRules(ROOT, part.next(), 777);
            }
            assertThat(listed).hasSize(all.size());
            assertThat(Set.copyOf(listed)).isEqualTo(Set.copyOf(all));
            long last = 0;
            for (QuotaRule rule : listed) {
                assertThat(Long.compareUnsigned(rule.hash(), last)).isNotNegative();
                last = rule.hash();
            }
        });
    }

    @Test
    void resultsAreRememberedForFiveSeconds() throws Exception {
        run(() -> {
            add(rule(1, QuotaRule.OP_INODE, 1, 0));
            create(ROOT);
            commitAndAge();
            create(ROOT);
            contribute(1, 1, 1, 1);
            vfs.syncfs();
            create(ROOT);
            node.host.clock().sleep(TimeUnit.SECONDS.toNanos(16));
            assertExceeded(() -> create(ROOT));
        });
    }

    @Test
    void rulesChangedElsewhereHoldHereAtOnce() throws Exception {
        Cluster.Node other = cluster.client();
        cluster.mountAll(List.of(other));
        run(() -> {
            contribute(1, 1, 1, 1);
            commitAndAge();
            create(ROOT);
            ArchiveQueries elsewhere = other.vfs().archiveQueries();
            elsewhere.addQuotaRule(ROOT, rule(1, QuotaRule.OP_INODE, 1, 0));
            assertExceeded(() -> create(ROOT));
            assertThat(queries.quotaRules(ROOT, START, 10).rules()).hasSize(1);
            queries.deleteQuotaRule(ROOT, rule(1, QuotaRule.OP_INODE, 1, 0));
            assertThat(elsewhere.quotaRules(ROOT, START, 10).rules()).isEmpty();
            create(ROOT);
            other.unmount();
        });
    }

    @Test
    void retainedFileKeepsItsUserAttributes99And100() throws Exception {
        run(() -> {
            long file = create(ROOT);
            byte[] user = Cluster.name("user.x");
            vfs.setxattr(ROOT, file, user, new byte[1], 0, false);
            change(file, item -> item.setFlags(item.flags() | InodeItem.FLAG_RETENTION));
            assertFails(Errno.EPERM, () -> vfs.setxattr(ROOT, file, user, new byte[2], 0, false));
            assertFails(Errno.EPERM, () -> vfs.setxattr(ROOT, file, Cluster.name("user.y"), user, 0, false));
            assertFails(Errno.EPERM, () -> vfs.removexattr(ROOT, file, user));
            assertFails(Errno.EPERM, () -> vfs.removexattr(ROOT, file, Cluster.name("user.y")));
            for (String name : List.of("scoutfs.hide.x", "trusted.x", "security.x", "scoutfs.srch.totl.9.9.9")) {
                vfs.setxattr(ROOT, file, Cluster.name(name), Cluster.name("1"), 0, false);
                vfs.removexattr(ROOT, file, Cluster.name(name));
            }
            assertFails(Errno.EPERM, () -> write(ROOT, file));
            for (AttributeChanges changes : List.of(
                    AttributeChanges.NONE.withSize(0),
                    AttributeChanges.NONE.withMode(0600),
                    AttributeChanges.NONE.withOwner(1, 1),
                    AttributeChanges.NONE.withTimes(AttributeChanges.NOW, AttributeChanges.NOW))) {
                assertFails(Errno.EPERM, () -> vfs.setattr(ROOT, file, changes));
            }
            change(file, item -> item.setFlags(item.flags() & ~InodeItem.FLAG_RETENTION));
            vfs.removexattr(ROOT, file, user);
        });
    }

    @Test
    void readOnlyMountsChangeNoRules154() throws Exception {
        Cluster.Node other = cluster.client(",ro");
        cluster.mountAll(List.of(other));
        run(() -> {
            ArchiveQueries elsewhere = other.vfs().archiveQueries();
            QuotaRule rule = rule(1, QuotaRule.OP_INODE, 1, 0);
            assertFails(Errno.EROFS, () -> elsewhere.addQuotaRule(ROOT, rule));
            assertFails(Errno.EROFS, () -> elsewhere.injectTotal(ROOT, 1, 1, 1, 1, 1));
            add(rule);
            assertThat(elsewhere.quotaRules(ROOT, START, 10).rules()).containsExactly(rule);
            other.unmount();
        });
    }

    /** The volume of the other tests has format version 2. */
    @Test
    void formatVersionOneKnowsNoRulesAndNoIndex() throws Exception {
        try (Cluster old = new Cluster(seed, 1, 1)) {
            Cluster.Node mount = old.member(0);
            old.mountAll(List.of(mount));
            old.run(() -> {
                ArchiveQueries on = mount.vfs().archiveQueries();
                QuotaRule rule = rule(1, QuotaRule.OP_INODE, 0, 0);
                assertFails(Errno.EOPNOTSUPP, () -> on.addQuotaRule(ROOT, rule));
                assertFails(Errno.EOPNOTSUPP, () -> on.addQuotaRule(ROOT, rule(1, 2, 0, 0)));
                assertFails(Errno.EOPNOTSUPP, () -> on.deleteQuotaRule(ROOT, rule));
                assertFails(Errno.EOPNOTSUPP, () -> on.quotaRules(ROOT, START, 1));
                assertThat(on.quotaRules(ROOT, START, 0).rules()).isEmpty();
                long file = Cluster.write(mount.vfs(), 1, "f", new byte[10]);
                assertFails(Errno.EOPNOTSUPP, () -> setOn(mount, file, "scoutfs.indx.1.1", ""));
                // numbers of the name come after the version
                assertFails(Errno.EOPNOTSUPP, () -> setOn(mount, file, "scoutfs.indx.abcdef", ""));
                setOn(mount, file, "scoutfs.totl.hide.srch.1.2.3", "4");
                mount.vfs().syncfs();
                assertThat(on.xattrTotals(ROOT, 0, 0, 0, 10))
                        .containsExactly(new ArchiveQueries.XattrTotal(1, 2, 3, 4, 1));
                mount.unmount();
            });
            assertThat(old.check().problems()).isEmpty();
        }
    }

    private static void setOn(Cluster.Node mount, long ino, String name, String value) throws FsException {
        mount.vfs().setxattr(ROOT, ino, Cluster.name(name), Cluster.name(value), 0, false);
    }
}
