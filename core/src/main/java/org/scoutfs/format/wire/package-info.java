/**
 * Structures on the wire: UDP messages of the election and TCP messages between clients and the server, as Java values.
 *
 * <p>Source: {@code spec/3-cluster.md} sections 3.2, 4.2, 4.4 and 5. Same rules as {@link org.scoutfs.format}: pure, no I/O;
 * {@code write} stores every byte with pads as zero; {@code read} never judges content. In addition every payload has {@code
 * toBytes()} and {@code of(byte[])}, which work on a whole message payload; {@code of} rejects an impossible length with an {@link
 * java.lang.IllegalArgumentException}. The network layer has compared lengths with {@link org.scoutfs.format.wire.Command} before
 * a handler sees a payload.
 *
 * <p>Payloads that are also stored on devices ({@code LogTrees}, {@code SrchCompact}, {@code LogMergeRequest}, {@code
 * LogMergeComplete}) are in {@link org.scoutfs.format}.
 */
@NullMarked
package org.scoutfs.format.wire;

import org.jspecify.annotations.NullMarked;
