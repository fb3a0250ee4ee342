package org.scoutfs.item;

import org.scoutfs.format.Key;

/** A present item: its key and a value that belongs to the receiver. */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record Item(Key key, byte[] value) {}
