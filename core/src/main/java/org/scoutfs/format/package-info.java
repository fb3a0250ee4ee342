/**
 * Structures on devices and on the wire, keys, hashes and checksums: the bytes of ScoutFS as Java values.
 *
 * <p>Source: {@code spec/1-on-disk-format.md}. Class Javadoc names the section, and the C structure where the specification
 * names it. Nothing here does I/O, keeps state, or knows a block cache: the package is pure and depends only on the JDK.
 *
 * <h2>What is where</h2>
 *
 * <ul>
 *   <li>{@link org.scoutfs.format.Le} reads and writes little-endian integers in a memory segment. A metadata block is a
 *       segment of the block cache's slab plus an offset, a message a heap segment; every structure is read at
 *       <em>(segment, offset)</em> and does not care which.
 *   <li>{@link org.scoutfs.format.Key} with {@link org.scoutfs.format.Keys}, {@link org.scoutfs.format.Zones} and
 *       {@link org.scoutfs.format.Types}: the one key space of all trees, and the lock ranges in it.
 *   <li>{@link org.scoutfs.format.Hashes}: block checksum, btree buckets, bloom bits, name hashes.
 *   <li>Values: records with {@code SIZE}, {@code read(segment, offset)} and {@code write(segment, offset)}. Records are
 *       immutable; {@link org.scoutfs.format.SuperBlock} and {@link org.scoutfs.format.InodeItem}, which their owners change
 *       field by field, are mutable and have {@code copy()}.
 *   <li>Blocks whose content is too big for a value ({@link org.scoutfs.format.BtreeBlock},
 *       {@link org.scoutfs.format.AllocListBlock}, {@link org.scoutfs.format.BloomBlock},
 *       {@link org.scoutfs.format.SrchBlock}, {@link org.scoutfs.format.SrchParent}): offsets, capacities and accessors.
 *       The algorithms on them live in the packages above.
 *   <li>{@link org.scoutfs.format.MkfsImage}: the blocks of an empty volume.
 * </ul>
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>{@code write} stores every byte of the structure, pads as zero; {@code write(read(x))} equals {@code x} except in pads.
 *   <li>{@code read} never rejects content. Only an impossible length is an {@link java.lang.IllegalArgumentException}, an
 *       access outside the segment an {@link java.lang.IndexOutOfBoundsException}. Whether a value makes sense is judged by the
 *       reader, who knows where it came from; pure parts of such checks are offered as methods that return messages.
 *   <li>A u64 is a {@code long} and is compared unsigned. A u32 that counts or names something is an {@code int} holding the 32
 *       bits unless its Javadoc says otherwise; a u8 or u16 is an {@code int} in its unsigned range.
 * </ul>
 *
 * <h2>Threads</h2>
 *
 * Records and all static methods are safe on any thread. A mutable structure belongs to whoever created it. Two threads may
 * use one segment only under the rules of the segment's owner.
 */
@NullMarked
package org.scoutfs.format;

import org.jspecify.annotations.NullMarked;
