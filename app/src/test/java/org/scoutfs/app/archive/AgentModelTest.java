package org.scoutfs.app.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * Random users and a random end of the agent before any of its calls: contents are always those that were written last, no file that is
 * offline is without its object, and in the end everything is archived.
 */
class AgentModelTest {
    private static final int STEPS = 1500;
    private static final int FILES = 12;

    @TempDir
    private Path dir;

    private final Map<Long, byte[]> expected = new HashMap<>();

    /** The agent's process ends before a call; nothing that it had in memory is left. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Files that lost a name, or got one, since somebody began to wait. */
    private final Set<Long> namesWent = new HashSet<>();

    @Test
    void contentsAreNeverLostOrMixedUp() throws Exception {
        long seed = Seeds.next("AgentModelTest");
        Random random = new Random(seed);
        AgentFixture f = new AgentFixture(dir);
        for (int step = 0; step < STEPS; step++) {
            f.clock.pass(random.nextInt(3));
            f.volume.meanwhile = (call, ino) -> meanwhile(f, random, ino);
            try {
                switch (random.nextInt(6)) {
                    case 0, 1 -> user(f, random, pick(f, random));
                    case 2 -> f.archiver().pass();
                    case 3 -> f.release(pick(f, random));
                    case 4 -> read(f, random);
                    default -> f.releaser().releaseInOrder(0, random.nextInt(10) * 4096L);
                }
            } catch (RuntimeException e) {
                // the next step starts another agent
                Throwable root = e;
                while (root.getCause() != null) {
                    root = root.getCause();
                }
                assertThat(root).as("seed %d, step %d", seed, step).isInstanceOf(Killed.class);
            }
            check(f, seed, step);
        }
        f.volume.meanwhile = (_, _) -> {};
        f.clock.pass(100);
        f.volume.inodes.values().forEach(inode -> inode.named = true);
        assertThat(f.archiver().pass()).isZero();
        for (long ino : List.copyOf(f.volume.inodes.keySet())) {
            assertThat(f.volume.inode(ino).bytes.length == 0 || f.isArchived(ino))
                    .as("inode %d archived, seed %d", ino, seed)
                    .isTrue();
            Stager.stageNow(f.volume, f.store(), f.clock, f.log, () -> false, ino);
            assertThat(f.volume.inode(ino).offline.isEmpty()).isTrue();
        }
        check(f, seed, STEPS);
        assertThat(f.volume.failedBlocks).as("failed waits, seed %d", seed).isEmpty();
        for (AgentCount count : List.of(
                AgentCount.FILES_ARCHIVED,
                AgentCount.FILES_RELEASED,
                AgentCount.FILES_STAGED,
                AgentCount.FILES_CHANGED_WHILE_COPIED)) {
            assertThat(f.log.get(count)).as("%s, seed %d", count, seed).isPositive();
        }
    }

    private void meanwhile(AgentFixture f, Random random, long ino) throws FsException {
        int what = random.nextInt(40);
        if (what == 0) {
            throw new Killed();
        }
        if (what <= 3 && f.volume.inodes.containsKey(ino)) {
            user(f, random, ino);
        }
        if (!f.volume.inodes.containsKey(ino)) {
            throw new FsException(Errno.ESTALE);
        }
    }

    private long pick(AgentFixture f, Random random) {
        if (f.volume.inodes.size() < FILES) {
            return write(f, random, 0);
        }
        return f.volume.inodes.keySet().stream()
                .skip(random.nextInt(FILES))
                .findFirst()
                .orElseThrow();
    }

    private void user(AgentFixture f, Random random, long ino) {
        int what = random.nextInt(10);
        if (what == 0) {
            f.volume.unlink(ino);
            namesWent.add(ino);
            expected.remove(ino);
        } else if (what <= 2) {
            byte[] contents = expectedOf(ino);
            byte[] grown = java.util.Arrays.copyOf(contents, contents.length + random.nextInt(1, 9000));
            expected.put(ino, grown);
            f.volume.grow(ino, grown.length);
        } else if (what == 3) {
            f.volume.inode(ino).named = !f.volume.inode(ino).named;
            namesWent.add(ino);
        } else {
            write(f, random, ino);
        }
    }

    private byte[] expectedOf(long ino) {
        byte[] contents = expected.get(ino);
        if (contents == null) {
            throw new IllegalStateException("nobody has written " + ino);
        }
        return contents;
    }

    /** @param ino 0 for a new file */
    private long write(AgentFixture f, Random random, long ino) {
        byte[] contents = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(1, 20_000)];
        random.nextBytes(contents);
        long written = ino;
        if (ino == 0) {
            written = f.volume.create(contents);
        } else {
            // a moment later: no two writes have one time
            f.clock.pass(1);
            f.volume.write(ino, contents);
        }
        expected.put(written, contents);
        return written;
    }

    /** Somebody reads, and an agent serves him. */
    private void read(AgentFixture f, Random random) throws Exception {
        long ino = pick(f, random);
        FakeVolume.Inode inode = f.volume.inode(ino);
        if (inode.named && inode.blocks() > 0) {
            f.volume.somebodyReads(ino, random.nextInt(inode.blocks()));
            int failedBefore = f.volume.failedBlocks.size();
            namesWent.clear();
            try {
                f.stager().serve();
            } finally {
                f.volume.waiting.clear();
                if (namesWent.contains(ino)) {
                    // Who waits for a file that cannot be opened any more is told so.
                    f.volume
                            .failedBlocks
                            .subList(failedBefore, f.volume.failedBlocks.size())
                            .clear();
                }
            }
        }
    }

    /** Blocks that are online hold what was written; those that are offline can come back. */
    private void check(AgentFixture f, long seed, int step) {
        f.volume.inodes.forEach((ino, inode) -> {
            byte[] contents = expectedOf(ino);
            assertThat(inode.bytes)
                    .as("size of %d, seed %d, step %d", ino, seed, step)
                    .hasSameSizeAs(contents);
            for (int block = 0; block < inode.blocks(); block++) {
                int from = block * FakeVolume.BLOCK;
                int to = Math.min(contents.length, from + FakeVolume.BLOCK);
                if (!inode.offline.get(block)) {
                    assertThat(java.util.Arrays.equals(contents, from, to, inode.bytes, from, to))
                            .as("block %d of %d, seed %d, step %d", block, ino, seed, step)
                            .isTrue();
                }
            }
        });
    }
}
