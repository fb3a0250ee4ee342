package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.Hold;

/** Orders of events between two mounts, or between an operation and a commit, that must not be lost (spec 3 section 16). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SharedInodesTest {
    private static final Credentials WHO = Callers.KERNEL_ROOT;
    private static final long GROUP = 1024;

    private TestVolume volume;
    private TestClient a;
    private TestClient b;

    @BeforeAll
    void mount() throws Exception {
        volume = TestVolume.create();
        a = volume.mount();
        b = volume.mount();
    }

    @AfterAll
    void unmount() {
        b.close();
        a.close();
        volume.close();
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private long make(String name) throws FsException {
        Attributes made = a.vfs.mknod(WHO, 1, name(name), Modes.S_IFREG | 0644, 0);
        a.vfs.forget(made.ino(), 1);
        return made.ino();
    }

    /** R99: the answer to an earlier question about the group is worth nothing once the lock was given away: the file was opened since. */
    @Test
    void openMapOfAnEarlierGrantIsNotUsed() throws Exception {
        long first = make("first");
        long second = make("second");
        assertThat(first / GROUP).isEqualTo(second / GROUP);
        a.vfs.unlink(WHO, 1, name("first"));
        assertFails(Errno.ENOENT, () -> a.vfs.getattr(first));
        // The map of the group is known at a, and has nothing in it.
        OpenFile file = b.vfs.open(WHO, second, 0);
        a.vfs.unlink(WHO, 1, name("second"));
        assertThat(a.vfs.getattr(second).nlink()).isZero();
        assertThat(b.vfs.getattr(second).nlink()).isZero();
        b.vfs.release(file);
        // b has to get the lock first, and does not make its caller wait for it
        await().untilAsserted(() -> assertFails(Errno.ENOENT, () -> a.vfs.getattr(second)));
    }

    /**
     * R93: a create has locked the index groups of the open transaction and waits to enter it; when it is let in, another transaction is
     * open, whose number belongs to other groups.
     */
    @Test
    void transactionThatChangesBeforeItIsEnteredGetsItsOwnIndexLocks() throws Exception {
        CountDownLatch mayLeave = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(1);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread holder = start(failure, () -> {
            try (Hold hold = a.transactions.hold(false)) {
                assertThat(hold).isNotNull();
                entered.countDown();
                mayLeave.await();
            }
        });
        entered.await();
        long before = a.transactions.transSeq();
        a.transactions.requestCommit();
        awaitCommitToKeepOthersOut();
        long waits = a.counters.get("trans_hold_wait").get();
        AtomicReference<@Nullable Attributes> made = new AtomicReference<>();
        Thread creator = start(failure, () -> made.set(a.vfs.mknod(WHO, 1, name("crossing"), Modes.S_IFREG | 0644, 0)));
        while (a.counters.get("trans_hold_wait").get() == waits && creator.isAlive()) {
            Thread.onSpinWait();
        }
        // Each of these takes a number of the volume.
        for (int i = 0; i <= GROUP; i++) {
            b.context
                    .locks()
                    .lock(LockRange.inodeGroup((10_000 + i) * GROUP), LockMode.WRITE)
                    .unlock(LockMode.WRITE);
        }
        mayLeave.countDown();
        holder.join();
        creator.join();
        assertThat(failure.get()).isNull();
        Attributes attributes = made.get();
        assertThat(attributes).isNotNull();
        assertThat(attributes.metaSeq()).isGreaterThan(before + GROUP);
        a.vfs.forget(attributes.ino(), 1);
        assertThat(b.vfs.getattr(attributes.ino()).metaSeq()).isEqualTo(attributes.metaSeq());
    }

    /** R88: rules that are being read while they are changed, here or elsewhere, are not kept. */
    @Test
    void quotaRulesReadBeforeAChangeAreNotKept() throws Exception {
        long ino = make("counted");
        a.vfs.setxattr(WHO, ino, name("scoutfs.totl.q.1.2.3"), name("100"), 0, false);
        a.vfs.syncfs();
        QuotaRule rule = new QuotaRule(
                0,
                List.of(new QuotaRule.Name(1, 0, 0), new QuotaRule.Name(2, 0, 0), new QuotaRule.Name(3, 0, 0)),
                QuotaRule.OP_INODE,
                50,
                0);
        for (int i = 0; i < 20; i++) {
            b.quota.check(QuotaRule.OP_INODE, 0, 0, 0);
            // Nobody on a gets at the rules yet.
            var lock = b.context.locks().lock(LockRange.quota(), LockMode.WRITE);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            Thread reader = start(failure, () -> a.quota.check(QuotaRule.OP_INODE, 0, 0, 0));
            awaitWaiting(reader);
            Thread changer = start(failure, () -> a.quota.add(rule));
            awaitWaiting(changer);
            lock.unlock(LockMode.WRITE);
            reader.join();
            changer.join();
            assertThat(failure.get()).isNull();
            assertFails(Errno.EDQUOT, () -> a.quota.check(QuotaRule.OP_INODE, 0, 0, 0));
            assertFails(Errno.EDQUOT, () -> b.quota.check(QuotaRule.OP_INODE, 0, 0, 0));
            b.quota.remove(rule);
            a.quota.check(QuotaRule.OP_INODE, 0, 0, 0);
        }
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    private void awaitCommitToKeepOthersOut() throws FsException {
        Hold hold;
        while ((hold = a.transactions.tryHold(false)) != null) {
            hold.close();
            Thread.onSpinWait();
        }
    }

    private interface Body {
        void run() throws Exception;
    }

    private Thread start(AtomicReference<@Nullable Throwable> failure, Body body) {
        return volume.host.threads().virtual("body", () -> {
            try {
                body.run();
            } catch (Throwable t) {
                failure.set(t);
            }
        });
    }
}
