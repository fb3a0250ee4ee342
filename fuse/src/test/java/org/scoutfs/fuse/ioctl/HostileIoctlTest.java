package org.scoutfs.fuse.ioctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fuse.MemoryArchive;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** Structures that no honest program sends: none takes memory by what it claims, or leads anywhere but to an errno. */
class HostileIoctlTest {
    private static final long SPACE = 0x10000;
    private static final int SPACE_BYTES = 64 << 10;

    private final MemoryArchive archive = new MemoryArchive();
    private final Vfs vfs = archive.vfs();
    private final byte[] space = new byte[SPACE_BYTES];

    /** One mapping of 64 KiB; everything else is nothing. */
    private final CallerMemory memory = new CallerMemory() {
        @Override
        public void read(long address, MemorySegment to) throws FsException {
            to.copyFrom(MemorySegment.ofArray(space).asSlice(at(address, to.byteSize()), to.byteSize()));
        }

        @Override
        public void write(long address, MemorySegment from) throws FsException {
            MemorySegment.ofArray(space).asSlice(at(address, from.byteSize())).copyFrom(from);
        }

        private static long at(long address, long bytes) throws FsException {
            if (address < SPACE || bytes > SPACE_BYTES || address - SPACE > SPACE_BYTES - bytes) {
                throw new FsException(Errno.EFAULT);
            }
            return address - SPACE;
        }
    };

    private record Opened(int flags) implements OpenFile {
        @Override
        public long ino() {
            return Vfs.ROOT_INO;
        }

        @Override
        public boolean writable() {
            return (flags & 3) == 1 || (flags & 3) == 2;
        }
    }

    private int call(IoctlCommand command, MemorySegment argument, int flags) throws FsException {
        MemorySegment delivered = argument.asSlice(0, command.argumentBytes());
        MemorySegment.ofArray(space).copyFrom(argument);
        return command.run(new IoctlCall(
                vfs, SimpleCredentials.root(), new Opened(flags), delivered, SPACE, memory, descriptor -> 4096));
    }

    /** Every field at its least, its greatest and in between, pointers that are good, bad and at the end of everything. */
    @ParameterizedTest
    @EnumSource
    void randomStructures(IoctlCommand command) {
        long seed = Long.getLong("seed", ThreadLocalRandom.current().nextLong());
        Random random = new Random(seed);
        long[] values = {
            0,
            1,
            2,
            7,
            255,
            4096,
            SPACE,
            SPACE + 8,
            SPACE + SPACE_BYTES - 8,
            1L << 31,
            1L << 32,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            -8,
            -1
        };
        for (int i = 0; i < 300; i++) {
            MemorySegment argument = MemorySegment.ofArray(new byte[command.structureBytes()]);
            for (int at = 0; at + 8 <= argument.byteSize(); at += 8) {
                Le.put64(
                        argument,
                        at,
                        random.nextInt(4) == 0 ? random.nextLong() : values[random.nextInt(values.length)]);
            }
            try {
                assertThat(call(command, argument, random.nextInt(4))).isNotNegative();
            } catch (FsException e) {
                assertThat(Set.of(Errno.EFAULT, Errno.EINVAL, Errno.EBADF, Errno.ENAMETOOLONG, Errno.EOVERFLOW))
                        .as("%s, -Dseed=%d, round %d", command, seed, i)
                        .contains(e.errno());
            }
        }
    }

    @Test
    void listsLongerThanOnePieceAreWhole() throws FsException {
        MemorySegment walk = MemorySegment.ofArray(new byte[72]);
        Le.put64(walk, 24, -1);
        Le.put64(walk, 32, -1);
        Le.put64(walk, 48, SPACE);
        Le.put32(walk, 56, -1);
        // There is room for 2730 entries of 24 bytes; the first piece does not fit.
        assertThatThrownBy(() -> call(IoctlCommand.WALK_INODES, walk, 0)).hasMessageContaining("EFAULT");
        Sink sink = new Sink();
        IoctlCall call =
                new IoctlCall(vfs, SimpleCredentials.root(), new Opened(0), walk, SPACE, sink, descriptor -> 4096);
        assertThat(IoctlCommand.WALK_INODES.run(call)).isEqualTo(MemoryArchive.MANY);
        assertThat(sink.pieces).isEqualTo(List.of(8192 * 24L, 8192 * 24L, (MemoryArchive.MANY - 16384) * 24L));
        assertThat(sink.next).isEqualTo(SPACE + MemoryArchive.MANY * 24L);
        assertThat(sink.last).isEqualTo(MemoryArchive.MANY);
    }

    /** Memory without end that must be filled in order. */
    private static final class Sink implements CallerMemory {
        private final java.util.ArrayList<Long> pieces = new java.util.ArrayList<>();
        private long next = SPACE;
        private long last;

        @Override
        public void read(long address, MemorySegment to) throws FsException {
            throw new FsException(Errno.EFAULT);
        }

        @Override
        public void write(long address, MemorySegment from) {
            assertThat(address).isEqualTo(next);
            next += from.byteSize();
            pieces.add(from.byteSize());
            last = Le.u64(from, from.byteSize() - 24);
        }
    }

    @Test
    void aWalkThatFailsLaterIsShorter() throws FsException {
        MemorySegment walk = MemorySegment.ofArray(new byte[72]);
        Le.put64(walk, 24, -1);
        Le.put64(walk, 32, -1);
        Le.put64(walk, 48, SPACE);
        Le.put32(walk, 56, -1);
        int[] left = {1};
        CallerMemory ends = new CallerMemory() {
            @Override
            public void read(long address, MemorySegment to) {}

            @Override
            public void write(long address, MemorySegment from) throws FsException {
                if (left[0]-- == 0) {
                    throw new FsException(Errno.EFAULT);
                }
            }
        };
        IoctlCall call =
                new IoctlCall(vfs, SimpleCredentials.root(), new Opened(0), walk, SPACE, ends, descriptor -> 4096);
        assertThat(IoctlCommand.WALK_INODES.run(call)).isEqualTo(CallerArray.PIECE_ENTRIES);
    }

    @Test
    void numbersFollowTheStructures() {
        for (IoctlCommand command : IoctlCommand.values()) {
            assertThat(command.number() >>> 8 & 0xff).isEqualTo(0xE8);
            assertThat(IoctlCommand.of(command.number())).isEqualTo(command);
        }
        assertThat(IntStream.rangeClosed(1, 25))
                .containsExactlyElementsOf(java.util.Arrays.stream(IoctlCommand.values())
                        .map(c -> c.number() & 0xff)
                        .filter(n -> n < 0x80)
                        .sorted()
                        .toList());
        assertThat(IoctlCommand.of(0x4048E81A)).isNull();
    }
}
