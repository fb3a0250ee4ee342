package org.scoutfs.app.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.device.Seeds;

/** Objects are what was written or are seen not to be. */
class ArchiveStoreTest {
    private static final int PART = ArchiveStore.PART_BYTES;

    @TempDir
    private Path dir;

    private Path root = Path.of("");

    @BeforeEach
    void create() throws IOException {
        root = dir.resolve("store");
        ArchiveStore.create(root, 7, 9);
    }

    private ArchiveStore open() throws IOException {
        return ArchiveStore.open(root, 1);
    }

    private static ObjectName write(ArchiveStore store, long ino, long version, byte[] contents) throws IOException {
        try (ObjectWriter writer = store.write()) {
            for (int at = 0; at < contents.length; at += PART) {
                writer.part(
                        MemorySegment.ofArray(Arrays.copyOfRange(contents, at, Math.min(contents.length, at + PART))));
            }
            return writer.finish(ino, version);
        }
    }

    private static byte[] read(ArchiveStore store, ObjectName name) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (StoredObject object = store.open(name);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(PART);
            for (int i = 0; i < object.parts(); i++) {
                all.writeBytes(object.readPart(i, buffer).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return all.toByteArray();
    }

    private static byte[] random(int bytes) {
        byte[] contents = new byte[bytes];
        new Random(Seeds.next("ArchiveStoreTest")).nextBytes(contents);
        return contents;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4096, PART - 1, PART, PART + 1, 2 * PART + 5})
    void givesBackWhatWasWritten(int bytes) throws IOException {
        byte[] contents = random(bytes);
        ObjectName name = write(open(), -5, 3, contents);
        assertThat(read(open(), name)).isEqualTo(contents);
        assertThat(open().find(-5, 3)).isEqualTo(name);
        assertThat(open().find(-5, 4)).isNull();
        assertThat(open().find(5000, 3)).isNull();
        assertThat(Arrays.copyOf(Files.readAllBytes(open().path(name)), bytes)).isEqualTo(contents);
        assertThat(open().temporaries()).isEmpty();
    }

    @Test
    void zerosTakeNoRoom() throws IOException {
        ArchiveStore store = open();
        ObjectName name = write(store, 1, 1, new byte[3 * PART]);
        assertThat((long) Files.getAttribute(store.path(name), "unix:size")).isGreaterThan(3L * PART);
        assertThat(read(store, name)).isEqualTo(new byte[3 * PART]);
    }

    @Test
    void seesEveryChangedByteInItsPart() throws IOException {
        byte[] contents = random(PART + 100);
        ArchiveStore store = open();
        ObjectName name = write(store, 1, 1, contents);
        byte[] stored = Files.readAllBytes(store.path(name));
        Random random = new Random(Seeds.next("ArchiveStoreTest"));
        for (int i = 0; i < 40; i++) {
            // contents of both parts, and each byte of the table is as good as another
            int at = i % 2 == 0
                    ? random.nextInt(stored.length)
                    : contents.length + random.nextInt(stored.length - contents.length);
            byte[] damaged = stored.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(store.path(name), damaged);
            assertThatThrownBy(() -> read(store, name))
                    .as("byte %d of %d", at, stored.length)
                    .isInstanceOf(DamagedObjectException.class);
        }
        Files.write(store.path(name), stored);
        assertThat(read(store, name)).isEqualTo(contents);
    }

    @Test
    void oneDamagedPartDoesNotSpoilTheOther() throws IOException {
        ArchiveStore store = open();
        ObjectName name = write(store, 1, 1, random(2 * PART));
        byte[] stored = Files.readAllBytes(store.path(name));
        stored[3] ^= 1;
        Files.write(store.path(name), stored);
        try (StoredObject object = store.open(name);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(PART);
            assertThatThrownBy(() -> object.readPart(0, buffer)).hasMessageContaining("bytes 0 to 4194303");
            assertThat(object.readPart(1, buffer).byteSize()).isEqualTo(PART);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 100, 4096, 5000})
    void aCutObjectIsDamaged(int length) throws IOException {
        ArchiveStore store = open();
        ObjectName name = write(store, 1, 1, random(5000));
        Files.write(store.path(name), Arrays.copyOf(Files.readAllBytes(store.path(name)), length));
        assertThatThrownBy(() -> store.open(name)).isInstanceOf(DamagedObjectException.class);
    }

    @Test
    void anObjectOfAnotherNameIsDamaged() throws IOException {
        ArchiveStore store = open();
        ObjectName one = write(store, 1, 1, random(10));
        ObjectName other = write(store, 2, 1, new byte[] {1});
        Files.copy(store.path(other), dir.resolve("copy"));
        Files.move(dir.resolve("copy"), store.path(one), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> store.open(one)).isInstanceOf(DamagedObjectException.class);
    }

    @Test
    void aMissingObjectIsDamageButAMissingStoreIsNot() throws IOException {
        ArchiveStore store = open();
        ObjectName name = new ObjectName(1, 1, "0".repeat(64));
        assertThatThrownBy(() -> store.open(name))
                .isInstanceOf(DamagedObjectException.class)
                .hasMessageContaining("is missing");
        Files.delete(root.resolve("store"));
        assertThatThrownBy(() -> store.open(name))
                .isNotInstanceOf(DamagedObjectException.class)
                .hasMessageContaining("not mounted");
        assertThatThrownBy(() -> store.find(1, 1)).hasMessageContaining("not mounted");
    }

    @Test
    void aWriterThatGivesUpLeavesNothing() throws IOException {
        ArchiveStore store = open();
        try (ObjectWriter writer = store.write()) {
            writer.part(MemorySegment.ofArray(new byte[10]));
        }
        assertThat(store.temporaries()).isEmpty();
        assertThat(store.find(1, 1)).isNull();
    }

    @Test
    void refusesWhatIsNoStoreOrHoldsSomething() throws IOException {
        assertThatThrownBy(() -> ArchiveStore.open(dir.resolve("none"), 1)).hasMessageContaining("no archive store");
        assertThatThrownBy(() -> ArchiveStore.create(root, 1, 1)).hasMessageContaining("already");
        Path used = Files.createDirectories(dir.resolve("used"));
        Files.writeString(used.resolve("something"), "");
        assertThatThrownBy(() -> ArchiveStore.create(used, 1, 1)).hasMessageContaining("empty directory");
        Files.writeString(root.resolve("store"), "scoutfs-archive 2 id=1\n");
        assertThatThrownBy(this::open).hasMessageContaining("not the mark");
    }

    @Test
    void oneAgentHoldsTheLock() throws Exception {
        try (ArchiveStore.Held first = open().tryLock()) {
            assertThat(first).isNotNull();
            assertThat(open().tryLock()).isNull();
        }
        try (ArchiveStore.Held second = open().tryLock()) {
            assertThat(second).isNotNull();
        }
    }

    @Test
    void keepsThePosition() throws IOException {
        assertThat(open().position()).isEqualTo(StorePosition.START);
        StorePosition position = new StorePosition(-1L, 1L << 63, new TreeSet<>(java.util.List.of(5L, -3L)));
        open().savePosition(position);
        assertThat(open().position()).isEqualTo(position);
        Files.writeString(root.resolve("position"), "x\n");
        assertThatThrownBy(() -> open().position()).hasMessageContaining("remove it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2", "01.2.D", "-1.2.D", "1.2.d", "1.2.D.x", "18446744073709551616.1.D", "../1.2.D"})
    void otherNamesAreNone(String text) {
        assertThat(ObjectName.parse(text.replace("D", "a".repeat(64)))).isNull();
    }

    @Test
    void namesReadBack() {
        ObjectName name = new ObjectName(-1L, 1L << 63, "0123456789abcdef".repeat(4));
        assertThat(ObjectName.parse(name.toString())).isEqualTo(name);
    }
}
