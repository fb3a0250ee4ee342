package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.Vfs;

/** A name that one mount renames other files over is there at every moment for all others. */
class ReplacedNameTest {
    private static final int REPLACEMENTS = 300;

    private final long seed = Seeds.next("ReplacedNameTest");
    private boolean replacing = true;
    private int looks;

    @Test
    void nameThatIsRenamedOverIsNeverMissing() throws Exception {
        try (Cluster cluster = new Cluster(seed, 1)) {
            Cluster.Node member = cluster.member(0);
            Cluster.Node writer = cluster.client();
            cluster.mountAll(List.of(member));
            cluster.mountAll(List.of(writer));
            cluster.run(() -> Cluster.write(writer.vfs(), Vfs.ROOT_INO, "name", new byte[1]));
            List<Thread> threads = new ArrayList<>();
            threads.add(writer.host.threads().virtual("replace", () -> replace(writer)));
            for (int i = 0; i < 2; i++) {
                threads.add(member.host.threads().virtual("look", () -> look(member.vfs())));
            }
            for (int i = 0; i < 600 && threads.stream().anyMatch(Thread::isAlive); i++) {
                cluster.advanceSeconds(1);
            }
            assertThat(cluster.simulation.failures()).isEmpty();
            assertThat(threads).noneMatch(Thread::isAlive);
            assertThat(looks).isGreaterThan(REPLACEMENTS / 4);
        }
    }

    private void replace(Cluster.Node writer) {
        Random random = new Random(seed);
        Vfs vfs = writer.vfs();
        try {
            for (int i = 0; i < REPLACEMENTS; i++) {
                Cluster.write(vfs, Vfs.ROOT_INO, "new", new byte[i]);
                // the others take the locks now and then
                writer.host.clock().sleep(random.nextInt(1_000_000));
                vfs.rename(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("new"), Vfs.ROOT_INO, Cluster.name("name"), 0);
            }
        } catch (FsException | InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            replacing = false;
        }
    }

    private void look(Vfs vfs) {
        try {
            while (replacing) {
                vfs.forget(
                        vfs.lookup(Cluster.ROOT, Vfs.ROOT_INO, Cluster.name("name"))
                                .ino(),
                        1);
                looks++;
            }
        } catch (FsException e) {
            throw new AssertionError("after " + looks + " looks", e);
        }
    }
}
