package org.scoutfs.app.admin;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.scoutfs.app.Failures;
import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.ListingCommand;
import org.scoutfs.app.output.Output;
import org.scoutfs.app.output.Row;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs counters}. */
@Command(
        name = "counters",
        description = "Show the counters of a mount.",
        footer = {"", "Example:", "  scoutfs counters -t /run/scoutfs/f.1a2b3c.r.4d5e6f"})
public final class CountersCommand extends ListingCommand {
    private static final int VALUE_BYTES_MAX = 24;
    private static final long TIOCGWINSZ = 0x5413;

    @Parameters(
            index = "0",
            paramLabel = "SYSFS-DIR",
            description = "Control directory of a mount, /run/scoutfs/IDENT.")
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Option(
            names = {"-t", "--table"},
            description = "As many columns as fit the terminal.")
    private boolean table;

    @Override
    protected void list(Output out) throws FsException, IOException {
        SortedMap<String, String> values = read(directory.resolve("counters"));
        out.row(new Row() {
            @Override
            public String text() {
                return Columns.groups(
                        List.copyOf(values.keySet()), List.copyOf(values.values()), table ? terminalWidth() : 0);
            }

            @Override
            public void fields(FieldSink to) {
                values.forEach((name, value) -> to.unsigned(name, Long.parseUnsignedLong(value)));
            }
        });
    }

    private static SortedMap<String, String> read(Path counters) throws FsException, IOException {
        SortedMap<String, String> values = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(counters)) {
            for (Path file : files) {
                String text = Files.readString(file);
                if (!text.endsWith("\n") || text.length() > VALUE_BYTES_MAX) {
                    throw new FsException(Errno.EINVAL, "'" + file + "' does not hold a counter");
                }
                values.put(file.getFileName().toString(), text.strip());
            }
        } catch (IOException e) {
            Errno errno = Failures.errno(e);
            throw new FsException(
                    errno, "failed to open sysfs counter dir '" + counters + "': " + Failures.text(errno), e);
        }
        return values;
    }

    /** Columns of standard output's terminal, else of standard input's, else 0. */
    private static int terminalWidth() {
        Linker linker = Linker.nativeLinker();
        MethodHandle ioctl = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("ioctl"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                Linker.Option.firstVariadicArg(2));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(8, 2);
            for (int fd : new int[] {1, 0}) {
                if ((int) ioctl.invokeExact(fd, TIOCGWINSZ, size) == 0) {
                    return Short.toUnsignedInt(size.get(JAVA_SHORT, 2));
                }
            }
            return 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }
}
