package org.scoutfs.fs.data;

/**
 * Which blocks a write into unmapped blocks allocates, spec 4 section 8.3. The rule is stated for one block; a piece of several
 * blocks gets what one block after the other would have got, as one request.
 *
 * @param start first block to allocate; at most the block that is written
 * @param count blocks to allocate; covers the first block to be written
 */
record Preallocation(long start, long count) {
    /**
     * In a hole.
     *
     * @param first first block to write, in the hole
     * @param last last block to write; what lies beyond the hole is not looked at
     * @param online online blocks of the file
     * @param limit data_prealloc_blocks
     * @param contigOnly data_prealloc_contig_only
     * @param regionUsed whether an extent ends in {@code first - first mod limit .. first - 1}; only without contigOnly
     * @param nextStart start of the next extent behind the hole, or Long.MAX_VALUE
     */
    static Preallocation inHole(
            long first, long last, long online, long limit, boolean contigOnly, boolean regionUsed, long nextStart) {
        Preallocation initial = contigOnly
                ? new Preallocation(first, appended(first, online, limit, nextStart))
                : region(first, online, limit, regionUsed, nextStart);
        long block = initial.start + initial.count;
        long written = online + Math.min(last + 1, block) - first;
        while (block <= last && block < nextStart) {
            long count = contigOnly
                    ? appended(block, written, limit, nextStart)
                    : region(block, written, limit, Math.floorMod(block, limit) != 0, nextStart).count;
            written += Math.min(last + 1 - block, count);
            block += count;
        }
        return new Preallocation(initial.start, block - initial.start);
    }

    /** In an unmapped offline extent that ends before {@code end}: all of its rest, up to the limit or the end of the piece. */
    static Preallocation inOffline(long first, long last, long limit, long end) {
        long count = 0;
        do {
            count += Math.min(limit, end - first - count);
        } while (first + count <= last && first + count < end);
        return new Preallocation(first, count);
    }

    /** A file written from its start without holes grows by as much as it has. */
    private static long appended(long block, long online, long limit, long nextStart) {
        if (block <= 1 || block != online) {
            return 1;
        }
        long count = nextStart == Long.MAX_VALUE ? limit : nextStart - block;
        return Math.min(Math.min(block, count), limit);
    }

    private static Preallocation region(long block, long online, long limit, boolean used, long nextStart) {
        long start = block - Math.floorMod(block, limit);
        long count = limit;
        if (used) {
            count -= block - start;
            start = block;
        }
        if (nextStart < start + count) {
            count = nextStart - start;
        }
        count = Math.max(1, Math.min(count, online));
        return covering(start, count, block);
    }

    /** A short answer must still cover the block. */
    static Preallocation covering(long start, long count, long block) {
        return start + count <= block ? new Preallocation(block - count + 1, count) : new Preallocation(start, count);
    }
}
