package org.scoutfs.bench.micro;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.VolumeLayout;

/** The checksum of a metadata block and the hash of a leaf's items. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HashBenchmark {
    private final MemorySegment block =
            Arena.ofAuto().allocate(VolumeLayout.LARGE_BLOCK_SIZE, 4096).fill((byte) 0x5a);
    private final Key key = new Key(16, 0x123456, 4, 0x789a, 0xbcdef, 0);

    /** CRC32C of 64 KiB of native memory. */
    @Benchmark
    public int blockCrc() {
        return Hashes.blockCrc(block, VolumeLayout.LARGE_BLOCK_SIZE);
    }

    /** Where a leaf's hash table has a key. */
    @Benchmark
    public int leafBucket() {
        return Hashes.leafBucket(key);
    }
}
