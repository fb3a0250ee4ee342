package org.scoutfs.btree;

import static org.scoutfs.format.BtreeBlock.LEAF_BUCKETS;
import static org.scoutfs.format.BtreeBlock.LEAF_HASH;
import static org.scoutfs.format.BtreeBlock.LEAF_HASH_BYTES;
import static org.scoutfs.format.BtreeBlock.LINK_BASE;

import java.lang.foreign.MemorySegment;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * The hash table at the end of a leaf (spec 1 section 8.5): open addressing with linear probing upwards, no tombstones. Buckets hold item
 * offsets; here items are named by their links.
 *
 * <p>The hash of a key is a chain of 27 dependent multiplications. {@link #rebuild} runs four chains side
 * by side.
 */
final class LeafHash {
    private static final int FNV_OFFSET = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;
    /** The fifth power of the prime: five zero bytes, the pad of a key, multiply by the prime five times. */
    private static final int FNV_PRIME_5 = 0x46a747c3;

    private LeafHash() {}

    /** Home bucket of a key. */
    static int home(Key key) {
        return bucket(Hashes.fnv1a32(key));
    }

    /** Home bucket of the key of an item of the block. */
    static int home(MemorySegment block, int link) {
        long off = Node.keyOffset(link);
        int h = FNV_OFFSET;
        h = mix8(h, Le.u64(block, off));
        h = mix8(h, Le.u64(block, off + 8));
        h = mix8(h, Le.u64(block, off + 16));
        return bucket(mix3(h, Le.u64(block, off + 24)));
    }

    /** The item with this key, or 0. */
    static int find(MemorySegment leaf, Key key) {
        int bucket = home(key);
        for (int i = 0; i < LEAF_BUCKETS; i++) {
            int off = get(leaf, bucket);
            if (off == 0) {
                return 0;
            }
            int link = off - LINK_BASE;
            if (Key.equals(leaf, Node.keyOffset(link), key)) {
                return link;
            }
            bucket = after(bucket);
        }
        return 0;
    }

    static void insert(MemorySegment leaf, int link, int home) {
        int bucket = home;
        while (get(leaf, bucket) != 0) {
            bucket = after(bucket);
        }
        put(leaf, bucket, link + LINK_BASE);
    }

    /** Removes an item whose key is still in its place. Entries after it that probed past its bucket move up. */
    static void remove(MemorySegment leaf, int link) {
        int bucket = bucketOf(leaf, link);
        put(leaf, bucket, 0);
        bucket = after(bucket);
        for (int off = get(leaf, bucket); off != 0; off = get(leaf, bucket)) {
            put(leaf, bucket, 0);
            insert(leaf, off - LINK_BASE, home(leaf, off - LINK_BASE));
            bucket = after(bucket);
        }
    }

    /** The item {@code from} is about to move to {@code to}; its key is still in its old place. */
    static void rename(MemorySegment leaf, int from, int to) {
        put(leaf, bucketOf(leaf, from), to + LINK_BASE);
    }

    /** Fills the whole table with the first {@code count} items of the array. */
    static void rebuild(MemorySegment leaf, int count) {
        Le.zero(leaf, LEAF_HASH, LEAF_HASH_BYTES);
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            int l0 = Node.link(i);
            int l1 = Node.link(i + 1);
            int l2 = Node.link(i + 2);
            int l3 = Node.link(i + 3);
            int h0 = FNV_OFFSET;
            int h1 = FNV_OFFSET;
            int h2 = FNV_OFFSET;
            int h3 = FNV_OFFSET;
            for (int word = 0; word < 24; word += 8) {
                long w0 = Le.u64(leaf, Node.keyOffset(l0) + word);
                long w1 = Le.u64(leaf, Node.keyOffset(l1) + word);
                long w2 = Le.u64(leaf, Node.keyOffset(l2) + word);
                long w3 = Le.u64(leaf, Node.keyOffset(l3) + word);
                for (int shift = 0; shift < 64; shift += 8) {
                    h0 = (h0 ^ ((int) (w0 >>> shift) & 0xff)) * FNV_PRIME;
                    h1 = (h1 ^ ((int) (w1 >>> shift) & 0xff)) * FNV_PRIME;
                    h2 = (h2 ^ ((int) (w2 >>> shift) & 0xff)) * FNV_PRIME;
                    h3 = (h3 ^ ((int) (w3 >>> shift) & 0xff)) * FNV_PRIME;
                }
            }
            insert(leaf, l0, bucket(mix3(h0, Le.u64(leaf, Node.keyOffset(l0) + 24))));
            insert(leaf, l1, bucket(mix3(h1, Le.u64(leaf, Node.keyOffset(l1) + 24))));
            insert(leaf, l2, bucket(mix3(h2, Le.u64(leaf, Node.keyOffset(l2) + 24))));
            insert(leaf, l3, bucket(mix3(h3, Le.u64(leaf, Node.keyOffset(l3) + 24))));
        }
        for (; i < count; i++) {
            insert(leaf, Node.link(i), home(leaf, Node.link(i)));
        }
    }

    /** Content of a bucket: 0 or an item offset. */
    static int get(MemorySegment leaf, int bucket) {
        return Le.u16(leaf, LEAF_HASH + 2L * bucket);
    }

    /** The bucket probed after this one. */
    static int after(int bucket) {
        return bucket + 1 == LEAF_BUCKETS ? 0 : bucket + 1;
    }

    private static void put(MemorySegment leaf, int bucket, int off) {
        Le.put16(leaf, LEAF_HASH + 2L * bucket, off);
    }

    private static int bucketOf(MemorySegment leaf, int link) {
        int bucket = home(leaf, link);
        for (int i = 0; i < LEAF_BUCKETS; i++) {
            if (get(leaf, bucket) == link + LINK_BASE) {
                return bucket;
            }
            bucket = after(bucket);
        }
        // BlockCheck has seen that every item is in some bucket.
        throw new IllegalStateException("the leaf's hash table lacks item " + Node.key(leaf, link));
    }

    private static int bucket(int hash) {
        return (int) ((hash & 0xffff_ffffL) % LEAF_BUCKETS);
    }

    private static int mix8(int hash, long word) {
        int h = hash;
        for (int shift = 0; shift < 64; shift += 8) {
            h = (h ^ ((int) (word >>> shift) & 0xff)) * FNV_PRIME;
        }
        return h;
    }

    private static int mix3(int hash, long word) {
        int h = hash;
        for (int shift = 0; shift < 24; shift += 8) {
            h = (h ^ ((int) (word >>> shift) & 0xff)) * FNV_PRIME;
        }
        return h * FNV_PRIME_5;
    }
}
