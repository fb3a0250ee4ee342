package org.scoutfs.bench.micro;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.scoutfs.block.Block;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Magic;

/** A tree of a million items of {@value MemoryTree#VALUE_BYTES} bytes: three levels, all in the block cache. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init")
public class BtreeBenchmark {
    private static final int ITEMS = 1_000_000;
    private static final long SEED = 42;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final byte[] value = new byte[MemoryTree.VALUE_BYTES];
    private MemoryTree tree;
    private BtreeReader reader;
    private BtreeRoot root;

    /** Builds the tree. */
    @Setup
    public void setUp() throws FsException {
        tree = new MemoryTree(ITEMS);
        reader = new BtreeReader(tree.cache);
        root = tree.tree.root();
    }

    /** Gives the memory back. */
    @TearDown
    public void tearDown() {
        tree.close();
    }

    /** A block that is in the cache: pin and unpin. */
    @Benchmark
    public long blockLookup() throws FsException {
        try (Block block = tree.cache.read(root.ref(), Magic.BTREE)) {
            return block.blkno();
        }
    }

    /** The value of a random item that exists. */
    @Benchmark
    public @Nullable BtreeItem lookup() throws FsException {
        return reader.lookup(root, MemoryTree.key(2L * random.nextInt(ITEMS)));
    }

    /** A random item, put into the tree and taken out again: two changes, the size stays. Leaves are dirty after a while. */
    @Benchmark
    public void insertAndDelete() throws FsException {
        var key = MemoryTree.key(2L * random.nextInt(ITEMS) + 1);
        tree.tree.insert(key, value);
        tree.tree.delete(key);
    }
}
