package org.scoutfs.bench.micro;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.scoutfs.format.Key;

/** Comparing keys as a search in a block does: the two differ late, in their third word. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyBenchmark {
    private final MemorySegment block = Arena.ofAuto().allocate(2L * Key.SIZE, 8);
    private final Key key = new Key(16, 0x123456, 4, 0x789a, 1, 0);
    private final Key other = new Key(16, 0x123456, 4, 0x789a, 2, 0);

    /** Stores both. */
    @Setup
    public void setUp() {
        key.write(block, 0);
        other.write(block, Key.SIZE);
    }

    /** A key in a block with one in hand. */
    @Benchmark
    public int inBlock() {
        return Key.compare(block, Key.SIZE, key);
    }

    /** Two keys in blocks. */
    @Benchmark
    public int bothInBlock() {
        return Key.compare(block, 0, block, Key.SIZE);
    }

    /** Two objects. */
    @Benchmark
    public int objects() {
        return key.compareTo(other);
    }
}
