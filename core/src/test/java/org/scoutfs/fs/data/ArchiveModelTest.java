package org.scoutfs.fs.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.TestClient;
import org.scoutfs.fs.TestVolume;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;
import org.scoutfs.vfs.ArchiveFiles.StageSource;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** Random writes, releases, stages, punches, moves and truncations of a few files on two mounts against arrays of bytes. */
class ArchiveModelTest {
    private static final SimpleCredentials ROOT = SimpleCredentials.root();
    private static final int BLOCK = 4096;
    private static final int MOST_BLOCKS = 48;
    private static final int FILES = 4;
    private static final int OPERATIONS = 1500;

    private final Random random;
    private final String replay;
    private final Model[] models = new Model[FILES];
    private TestClient[] clients = new TestClient[0];

    ArchiveModelTest() {
        long seed = Seeds.next("ArchiveModelTest");
        random = new Random(seed);
        replay = "seed " + seed;
    }

    /** What one file has to look like. */
    private static final class Model {
        final OpenFile[] files = new OpenFile[2];
        byte[] bytes = new byte[0];
        final boolean[] offline = new boolean[MOST_BLOCKS];

        boolean anyOffline(int first, int end) {
            for (int block = first; block < Math.min(end, MOST_BLOCKS); block++) {
                if (offline[block]) {
                    return true;
                }
            }
            return false;
        }

        int blocks() {
            return (bytes.length + BLOCK - 1) / BLOCK;
        }
    }

    @Test
    @Timeout(300)
    void contentsStay() throws Exception {
        TestVolume volume = TestVolume.create();
        volume.scribbleOnData(64L << 20);
        clients = new TestClient[] {volume.mountWithData(), volume.mountWithData()};
        for (TestClient client : clients) {
            client.prealloc(1 + random.nextInt(16), random.nextBoolean());
        }
        for (int i = 0; i < FILES; i++) {
            Model model = new Model();
            models[i] = model;
            model.files[0] = clients[0]
                    .vfs
                    .create(ROOT, 1, ("f" + i).getBytes(UTF_8), 0644, 2)
                    .file();
            model.files[1] = clients[1].vfs.open(ROOT, model.files[0].ino(), 2);
        }
        for (int i = 0; i < OPERATIONS; i++) {
            step(i);
        }
        for (int mount = 0; mount < 2; mount++) {
            for (Model model : models) {
                checkAll(model, mount, "at the end");
            }
        }
        for (int mount = 0; mount < 2; mount++) {
            for (Model model : models) {
                clients[mount].vfs.release(model.files[mount]);
            }
            clients[mount].close();
        }
        TestClient last = volume.mountWithData();
        clients[0] = last;
        for (int i = 0; i < FILES; i++) {
            models[i].files[0] = last.vfs.open(ROOT, models[i].files[0].ino(), 2);
            checkAll(models[i], 0, "after a new mount");
            last.vfs.release(models[i].files[0]);
        }
        last.close();
        volume.close();
        assertThat(volume.check().problems()).as(replay).isEmpty();
    }

    private void step(int number) throws FsException {
        int mount = random.nextInt(10) == 0 ? 1 : 0;
        Model model = models[random.nextInt(FILES)];
        int first = random.nextInt(MOST_BLOCKS);
        int count = 1 + random.nextInt(Math.min(12, MOST_BLOCKS - first));
        String step = replay + " operation " + number;
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> write(model, mount, first, count);
            case 3, 4 -> release(model, mount, first, count);
            case 5, 6 -> stage(model, mount);
            case 7 -> punch(model, mount, first, count);
            case 8 -> truncate(model, mount, random.nextInt(MOST_BLOCKS * BLOCK));
            case 9 -> move(model, models[random.nextInt(FILES)], mount, first, count, step);
            case 10 -> stagingMove(model, models[random.nextInt(FILES)], mount, first, count);
            default -> other(model, mount, first, count);
        }
        check(model, mount, step);
    }

    private Vfs vfs(int mount) {
        return clients[mount].vfs;
    }

    private ArchiveFiles archive(int mount) {
        return clients[mount].vfs.archiveFiles();
    }

    private long version(Model model, int mount) throws FsException {
        return vfs(mount).getattr(model.files[mount].ino()).dataVersion();
    }

    private void write(Model model, int mount, int first, int count) throws FsException {
        if (model.anyOffline(0, model.blocks())) {
            return;
        }
        int offset = first * BLOCK + (random.nextBoolean() ? 0 : random.nextInt(BLOCK));
        int length = Math.min(count * BLOCK - random.nextInt(BLOCK), MOST_BLOCKS * BLOCK - offset);
        byte[] data = new byte[length];
        random.nextBytes(data);
        assertThat(vfs(mount).write(model.files[mount], offset, MemorySegment.ofArray(data), false))
                .isEqualTo(length);
        model.bytes = Arrays.copyOf(model.bytes, Math.max(model.bytes.length, offset + length));
        System.arraycopy(data, 0, model.bytes, offset, length);
        // there may be some beyond the old end
        Arrays.fill(model.offline, offset / BLOCK, (offset + length + BLOCK - 1) / BLOCK, false);
    }

    private List<MappedExtent> extents(Model model, int mount, int first, int count) throws FsException {
        return archive(mount).extents(model.files[mount].ino(), (long) first * BLOCK, (long) count * BLOCK, 10_000);
    }

    private void release(Model model, int mount, int first, int count) throws FsException {
        List<MappedExtent> before = extents(model, mount, first, count);
        archive(mount).release(model.files[mount], (long) first * BLOCK, (long) count * BLOCK, version(model, mount));
        for (MappedExtent extent : before) {
            long end = (extent.logical() + extent.length()) / BLOCK;
            for (long block = Math.max(first, extent.logical() / BLOCK);
                    block < Math.min(first + count, end);
                    block++) {
                model.offline[(int) block] = true;
            }
        }
        Attributes now = vfs(mount).getattr(model.files[mount].ino());
        if (now.onlineBlocks() == 0 && now.size() > 0) {
            Arrays.fill(model.offline, model.blocks(), MOST_BLOCKS, false);
        }
    }

    /** What was archived is what the model has. */
    private void stage(Model model, int mount) throws FsException {
        if (model.bytes.length == 0) {
            return;
        }
        int first = random.nextInt(model.blocks());
        int end = Math.min(model.bytes.length, (first + 1 + random.nextInt(8)) * BLOCK);
        byte[] data = Arrays.copyOfRange(model.bytes, first * BLOCK, end);
        assertThat(archive(mount)
                        .stage(
                                model.files[mount],
                                version(model, mount),
                                (long) first * BLOCK,
                                data.length,
                                StageSource.of(MemorySegment.ofArray(data))))
                .isEqualTo(data.length);
        Arrays.fill(model.offline, first, (end + BLOCK - 1) / BLOCK, false);
    }

    private void zero(Model model, int block) {
        int from = Math.min(block * BLOCK, model.bytes.length);
        Arrays.fill(model.bytes, from, Math.min(from + BLOCK, model.bytes.length), (byte) 0);
    }

    private void punch(Model model, int mount, int first, int count) throws FsException {
        List<MappedExtent> before = extents(model, mount, first, count);
        boolean done = false;
        try {
            archive(mount)
                    .punchOffline(
                            ROOT,
                            model.files[mount],
                            (long) first * BLOCK,
                            (long) count * BLOCK,
                            version(model, mount),
                            0);
            done = true;
        } catch (FsException e) {
            assertThat(e.errno()).as(replay).isEqualTo(Errno.EINVAL);
            assertThat(before).as(replay).isNotEmpty();
        }
        List<MappedExtent> after = extents(model, mount, first, count);
        assertThat(after.isEmpty()).as(replay).isEqualTo(done);
        // Offline blocks that are allocated stop it too, and are not told apart here: so ask how far it came.
        long stop = done ? first + count : after.getFirst().logical() / BLOCK;
        for (int block = first; block < stop; block++) {
            if (model.offline[block]) {
                model.offline[block] = false;
                zero(model, block);
            }
        }
    }

    private void truncate(Model model, int mount, int wanted) throws FsException {
        int size = wanted;
        if (model.anyOffline(0, (size + BLOCK - 1) / BLOCK) && size != model.bytes.length) {
            size = 0;
        }
        vfs(mount).setattr(ROOT, model.files[mount].ino(), AttributeChanges.NONE.withSize((long) size));
        boolean shrinks = size <= model.bytes.length;
        model.bytes = Arrays.copyOf(model.bytes, size);
        if (shrinks) {
            Arrays.fill(model.offline, model.blocks(), MOST_BLOCKS, false);
        }
    }

    /** Blocks of {@code from} as far as the model has them, of which the file has extents. */
    private boolean[] existing(Model from, int mount, int first, int count) throws FsException {
        boolean[] exists = new boolean[MOST_BLOCKS + 64];
        for (MappedExtent extent : extents(from, mount, first, count)) {
            for (long b = extent.logical() / BLOCK; b < (extent.logical() + extent.length()) / BLOCK; b++) {
                if (b < exists.length) {
                    exists[(int) b] = true;
                }
            }
        }
        return exists;
    }

    private void move(Model from, Model to, int mount, int first, int wanted, String step) throws FsException {
        int toFirst = random.nextInt(MOST_BLOCKS);
        int count = Math.min(wanted, MOST_BLOCKS - toFirst);
        int blocks = Math.min(count, from.blocks() - first);
        if (from == to
                || blocks <= 0
                || from.anyOffline(0, MOST_BLOCKS)
                || to.anyOffline(0, MOST_BLOCKS)
                || !extents(to, mount, toFirst, count).isEmpty()) {
            return;
        }
        boolean[] exists = existing(from, mount, first, count);
        archive(mount)
                .moveBlocks(
                        ROOT,
                        to.files[mount],
                        from.files[mount]::ino,
                        (long) first * BLOCK,
                        (long) count * BLOCK,
                        (long) toFirst * BLOCK,
                        0,
                        0);
        for (int i = 0; i < blocks; i++) {
            if (exists[first + i]) {
                int at = (first + i) * BLOCK;
                int n = Math.min(BLOCK, from.bytes.length - at);
                int target = (toFirst + i) * BLOCK;
                to.bytes = Arrays.copyOf(to.bytes, Math.max(to.bytes.length, target + n));
                System.arraycopy(from.bytes, at, to.bytes, target, n);
                zero(from, first + i);
            }
        }
        check(to, mount, step);
    }

    private void stagingMove(Model from, Model to, int mount, int first, int wanted) throws FsException {
        int toFirst = random.nextInt(MOST_BLOCKS);
        int blocks = Math.min(Math.min(wanted, MOST_BLOCKS - toFirst), from.blocks() - first);
        if (from == to || blocks <= 0 || from.anyOffline(0, MOST_BLOCKS)) {
            return;
        }
        for (int block = toFirst; block < toFirst + blocks; block++) {
            if (!to.offline[block] || block >= to.blocks()) {
                return;
            }
        }
        boolean[] exists = existing(from, mount, first, blocks);
        archive(mount)
                .moveBlocks(
                        ROOT,
                        to.files[mount],
                        from.files[mount]::ino,
                        (long) first * BLOCK,
                        (long) blocks * BLOCK,
                        (long) toFirst * BLOCK,
                        version(to, mount),
                        ArchiveFiles.MOVE_STAGE);
        for (int i = 0; i < blocks; i++) {
            if (exists[first + i]) {
                byte[] block = Arrays.copyOfRange(
                        Arrays.copyOf(from.bytes, MOST_BLOCKS * BLOCK), (first + i) * BLOCK, (first + i + 1) * BLOCK);
                int target = (toFirst + i) * BLOCK;
                System.arraycopy(block, 0, to.bytes, target, Math.min(BLOCK, to.bytes.length - target));
                to.offline[toFirst + i] = false;
                zero(from, first + i);
            }
        }
    }

    private void other(Model model, int mount, int first, int count) throws FsException {
        switch (random.nextInt(3)) {
            case 0 -> vfs(mount).fallocate(model.files[mount], 1, (long) first * BLOCK, (long) count * BLOCK);
            case 1 -> vfs(mount).syncfs();
            default -> {
                byte[] page = new byte[BLOCK];
                random.nextBytes(page);
                int blocks = model.bytes.length / BLOCK;
                if (blocks > 0 && first < blocks && !model.offline[first]) {
                    // through a mapping: other blocks may be offline
                    vfs(mount).writeMapped(model.files[mount], (long) first * BLOCK, MemorySegment.ofArray(page));
                    System.arraycopy(page, 0, model.bytes, first * BLOCK, BLOCK);
                }
            }
        }
    }

    private void check(Model model, int mount, String step) throws FsException {
        Attributes attributes = vfs(mount).getattr(model.files[mount].ino());
        assertThat(attributes.size()).as(step).isEqualTo(model.bytes.length);
        long offline = 0;
        for (boolean block : model.offline) {
            offline += block ? 1 : 0;
        }
        assertThat(attributes.offlineBlocks()).as(step).isEqualTo(offline);
        int block = random.nextInt(MOST_BLOCKS);
        int end = block;
        while (end < MOST_BLOCKS && !model.offline[end]) {
            end++;
        }
        read(model, mount, block, Math.min(end, block + 8), step);
    }

    private void checkAll(Model model, int mount, String when) throws FsException {
        check(model, mount, replay + " " + when);
        for (int block = 0; block < MOST_BLOCKS; block++) {
            if (!model.offline[block]) {
                read(model, mount, block, block + 1, replay + " " + when);
            }
        }
    }

    private void read(Model model, int mount, int first, int end, String step) throws FsException {
        if (end <= first) {
            return;
        }
        byte[] found = new byte[(end - first) * BLOCK];
        int n = vfs(mount).read(model.files[mount], (long) first * BLOCK, MemorySegment.ofArray(found));
        int from = Math.min(first * BLOCK, model.bytes.length);
        int to = Math.max(from, Math.min(end * BLOCK, model.bytes.length));
        byte[] expected = Arrays.copyOfRange(model.bytes, from, to);
        assertThat(Arrays.mismatch(Arrays.copyOf(found, n), expected))
                .as("%s: ino %d blocks %d..%d", step, model.files[mount].ino(), first, end)
                .isEqualTo(-1);
    }
}
