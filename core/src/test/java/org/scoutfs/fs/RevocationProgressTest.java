package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.CacheOwner;
import org.scoutfs.vfs.Vfs;

/**
 * While a lock is taken away, whoever caches above the mount waits for requests of the kernel: they must pass, whatever else waits for that lock
 * (spec 6 sections 5 and 6.3). Each test is a deadlock if they do not, which its watchdog reports.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class RevocationProgressTest {
    private static final Credentials WHO = Callers.KERNEL_ROOT;
    private static final long WATCHDOG_SECONDS = 10;

    private TestVolume volume;
    private TestClient a;
    private TestClient b;

    /** What the kernel of {@code a} does while its caches are revoked. */
    private volatile Step during = () -> {};

    private volatile CompletableFuture<Boolean> happened = new CompletableFuture<>();

    private interface Step {
        void run() throws Exception;
    }

    @BeforeAll
    void mount() throws Exception {
        volume = TestVolume.create();
        a = volume.mountWithData();
        b = volume.mountWithData();
        a.vfs.setCacheOwner(new CacheOwner() {
            @Override
            public void revoke(long firstIno, long lastIno, boolean keepReadable) {
                Step step = during;
                during = () -> {};
                try {
                    step.run();
                    happened.complete(true);
                } catch (Exception e) {
                    happened.completeExceptionally(e);
                }
            }

            @Override
            public void revoked(long firstIno, long lastIno, boolean keepReadable) {}

            @Override
            public void changed(long ino, boolean contents) {}
        });
    }

    @AfterAll
    void unmount() {
        b.close();
        a.close();
        volume.close();
    }

    @Test
    void whatWasStoredInAMappingArrivesBehindAWriterThatWaits() throws Exception {
        Vfs.Created file = create("mapped");
        long ino = file.attributes().ino();
        a.vfs.write(file.file(), 0, bytes("abcdef"), false);
        CompletableFuture<?>[] writer = new CompletableFuture<?>[1];
        step(() -> {
            writer[0] = elsewhere(() -> a.vfs.write(file.file(), 4, bytes("EF"), false));
            pass(() -> a.vfs.writeMapped(file.file(), 0, bytes("ABC")));
            assertThat(writer[0]).as("kept out").isNotDone();
        });
        assertThat(read(b, ino, 4)).isEqualTo("ABCd");
        check();
        writer[0].get(WATCHDOG_SECONDS, TimeUnit.SECONDS);
        assertThat(read(b, ino, 6)).isEqualTo("ABCdEF");
    }

    /** The kernel keeps mapped pages back until a truncation is answered. */
    @Test
    void aTruncationPasses() throws Exception {
        Vfs.Created file = create("truncated");
        long ino = file.attributes().ino();
        a.vfs.write(file.file(), 0, bytes("abcdef"), false);
        step(() -> pass(() -> a.vfs.setattr(WHO, ino, AttributeChanges.NONE.withSize(3L))));
        assertThat(b.vfs.getattr(ino).size()).isEqualTo(3);
        check();
    }

    /** Attributes are answered under the lock that goes: the kernel does not believe an answer that is older than its last notification. */
    @Test
    void looksPass() throws Exception {
        Vfs.Created file = create("looked-at");
        long ino = file.attributes().ino();
        a.vfs.write(file.file(), 0, bytes("abc"), false);
        step(() -> pass(() -> {
            assertThat(a.vfs.getattr(ino).size()).isEqualTo(3);
            assertThat(read(a, file, 3)).isEqualTo("abc");
        }));
        b.vfs.setattr(WHO, ino, AttributeChanges.NONE.withSize(0L));
        check();
    }

    /** One message of the kernel gives back many inodes: the first must not wait for the lock that the revocation for the second holds up. */
    @Test
    void givingBackAnUnlinkedInodePasses() throws Exception {
        Attributes unlinked = a.vfs.mknod(WHO, 1, name("unlinked"), Modes.S_IFREG | 0644, 0);
        Vfs.Created file = create("beside");
        assertThat(unlinked.ino() >>> 10).isEqualTo(file.attributes().ino() >>> 10);
        a.vfs.unlink(WHO, 1, name("unlinked"));
        step(() -> pass(() -> a.vfs.forget(unlinked.ino(), 1)));
        b.vfs.setattr(WHO, file.attributes().ino(), AttributeChanges.NONE.withMode(0600));
        check();
    }

    // ---- steps

    private void step(Step step) {
        happened = new CompletableFuture<>();
        during = step;
    }

    private void check() throws Exception {
        assertThat(happened.get(WATCHDOG_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    /** What the revocation waits for. */
    private static void pass(Step request) throws Exception {
        try {
            elsewhere(request).get(WATCHDOG_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the request waits for the revocation that waits for it", e);
        }
    }

    private static CompletableFuture<Boolean> elsewhere(Step step) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                step.run();
                done.complete(true);
            } catch (Exception | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private Vfs.Created create(String name) throws FsException {
        return a.vfs.create(WHO, 1, name(name), 0644, Modes.O_RDWR);
    }

    private static String read(TestClient mount, long ino, int length) throws FsException {
        OpenFile open = mount.vfs.open(WHO, ino, Modes.O_RDWR);
        byte[] bytes = new byte[length];
        mount.vfs.read(open, 0, MemorySegment.ofArray(bytes));
        mount.vfs.release(open);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String read(TestClient mount, Vfs.Created file, int length) throws FsException {
        byte[] bytes = new byte[length];
        mount.vfs.read(file.file(), 0, MemorySegment.ofArray(bytes));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }
}
