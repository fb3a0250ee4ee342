package org.scoutfs.app.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

class ControlVfsTest {
    private static final SimpleCredentials WHO = SimpleCredentials.root();

    private final AtomicInteger made = new AtomicInteger();
    private final List<String> written = new ArrayList<>();
    private final Map<String, ControlNode> files = new TreeMap<>(Map.of(
            "number", ControlNode.file(() -> made.incrementAndGet() + "\n"),
            "option", ControlNode.writable(() -> "5", this::take),
            "counter", ControlNode.shownWritable(() -> "0\n")));
    private final ControlVfs vfs = new ControlVfs(new ControlNode.Directory(() -> files), Timespec.ZERO);

    private void take(String text) throws FsException {
        if (text.equals("bad")) {
            throw new FsException(Errno.EINVAL);
        }
        written.add(text);
    }

    private long find(String name) throws FsException {
        return vfs.lookup(WHO, Vfs.ROOT_INO, name.getBytes(StandardCharsets.UTF_8))
                .ino();
    }

    private String read(OpenFile file, long offset, int bytes) throws FsException {
        byte[] buffer = new byte[bytes];
        int count = vfs.read(file, offset, MemorySegment.ofArray(buffer));
        return new String(buffer, 0, count, StandardCharsets.UTF_8);
    }

    private void write(OpenFile file, String text) throws FsException {
        vfs.write(file, 0, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), false);
    }

    @Test
    void readAtTheStartMakesTheContentsAnew() throws FsException {
        OpenFile file = vfs.open(WHO, find("number"), 0);

        assertThat(read(file, 0, 4096)).isEqualTo("1\n");
        assertThat(read(file, 2, 4096)).isEmpty();
        assertThat(read(file, 0, 1)).isEqualTo("2");
        assertThat(read(file, 1, 1)).isEqualTo("\n");
    }

    @Test
    void eachWriteIsTakenByItself() throws FsException {
        OpenFile file = vfs.open(WHO, find("option"), Modes.O_WRONLY);

        write(file, "7\n");
        write(file, "8\n");

        assertThat(written).containsExactly("7\n", "8\n");
        assertThatThrownBy(() -> write(file, "bad")).extracting("errno").isEqualTo(Errno.EINVAL);
    }

    @Test
    void countersLookWritableButAreNot() throws FsException {
        long ino = find("counter");

        assertThat(vfs.getattr(ino).mode()).isEqualTo(0100644);
        assertThatThrownBy(() -> vfs.open(WHO, ino, Modes.O_WRONLY))
                .extracting("errno")
                .isEqualTo(Errno.EACCES);
        assertThat(read(vfs.open(WHO, ino, 0), 0, 10)).isEqualTo("0\n");
    }

    @Test
    void modesAndSizesAreShown() throws FsException {
        assertThat(vfs.getattr(find("number")).mode()).isEqualTo(0100444);
        assertThat(vfs.getattr(find("number")).size()).isEqualTo(4096);
        assertThat(vfs.getattr(find("option")).mode()).isEqualTo(0100644);
        assertThat(vfs.getattr(Vfs.ROOT_INO).mode()).isEqualTo(0040755);
    }

    @Test
    void namesComeAndGo() throws FsException {
        OpenFile root = vfs.open(WHO, Vfs.ROOT_INO, 0);
        List<String> names = new ArrayList<>();
        files.remove("counter");

        vfs.readdir(
                root,
                0,
                false,
                (name, ino, mode, next, attributes) -> names.add(new String(name, StandardCharsets.UTF_8)));

        assertThat(names).containsExactly(".", "..", "number", "option");
        assertThatThrownBy(() -> find("counter")).extracting("errno").isEqualTo(Errno.ENOENT);
    }

    @Test
    void nothingCanBeMade() {
        byte[] name = {'x'};

        assertThatThrownBy(() -> vfs.mkdir(WHO, Vfs.ROOT_INO, name, 0))
                .extracting("errno")
                .isEqualTo(Errno.EPERM);
        assertThatThrownBy(() -> vfs.unlink(WHO, Vfs.ROOT_INO, name))
                .extracting("errno")
                .isEqualTo(Errno.EPERM);
    }
}
