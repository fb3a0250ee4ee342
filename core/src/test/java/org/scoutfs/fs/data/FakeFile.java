package org.scoutfs.fs.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.Extent;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.item.Item;

/** Extent items and data blocks in memory: a file without a mount. Changes fail from the {@link #failAfter}th on, once. */
final class FakeFile implements ExtentItems, DataBlocks {
    final TreeMap<Key, byte[]> items = new TreeMap<>();
    final InodeItem inode = new InodeItem();
    final Extents extents = new Extents(this, 1, new Counters());
    final List<Extent> freed = new ArrayList<>();

    /** Successive calls of allocate go on here; files that share a device share it. */
    long[] nextBlkno = {100};

    long allocationMax = Long.MAX_VALUE;
    int failAfter = -1;

    @Override
    public @Nullable Item next(Key key, Key last) {
        Map.Entry<Key, byte[]> entry = items.ceilingEntry(key);
        return entry == null || entry.getKey().compareTo(last) > 0 ? null : new Item(entry.getKey(), entry.getValue());
    }

    @Override
    public void create(Key key, byte[] value) throws FsException {
        fail();
        if (items.putIfAbsent(key, value) != null) {
            throw new FsException(Errno.EEXIST, key.toString());
        }
    }

    @Override
    public void delete(Key key) throws FsException {
        fail();
        if (items.remove(key) == null) {
            throw new FsException(Errno.ENOENT, key.toString());
        }
    }

    private void fail() throws FsException {
        if (failAfter >= 0 && failAfter-- == 0) {
            throw new FsException(Errno.EIO);
        }
    }

    @Override
    public Extent allocate(long count) {
        Extent taken = new Extent(nextBlkno[0], Math.min(count, allocationMax));
        nextBlkno[0] += taken.len();
        return taken;
    }

    @Override
    public void free(long start, long len) {
        freed.add(new Extent(start, len));
    }

    List<FileExtent> all() throws FsException {
        List<FileExtent> all = new ArrayList<>();
        FileExtent extent = extents.next(0);
        while (extent != null) {
            all.add(extent);
            extent = extents.next(extent.end());
        }
        return all;
    }

    /** Maps blocks as one write does; returns the mapper's runs as extents. */
    void write(long first, long last, long limit, boolean contigOnly) throws FsException {
        BlockMapper mapper = new BlockMapper(extents, this, limit, contigOnly);
        for (long block = first; block <= last; ) {
            long n = mapper.prepare(block, last, inode);
            mapper.finish(inode);
            block += n;
        }
    }

    long blocks(int withFlags) throws FsException {
        return all().stream()
                .filter(e -> e.isMapped() && e.flags() == withFlags)
                .mapToLong(FileExtent::len)
                .sum();
    }
}
