package org.scoutfs.srch;

import java.lang.foreign.MemorySegment;
import org.scoutfs.block.Block;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchEntryCodec;

/** A dirty leaf that entries are appended to; owns the block's pin. */
final class SrchLeafWriter implements AutoCloseable {
    private final Block block;
    private final MemorySegment data;
    private SrchEntry first;
    private SrchEntry last;
    private SrchEntry tail;
    private int entryNr;
    private int entryBytes;

    /** Continues the contents of the block, which are none if it is zeroed. */
    SrchLeafWriter(Block block) {
        this.block = block;
        this.data = block.data();
        this.first = SrchBlock.first(data, 0);
        this.last = SrchBlock.last(data, 0);
        this.tail = SrchBlock.tail(data, 0);
        this.entryNr = SrchBlock.entryNr(data, 0);
        this.entryBytes = SrchBlock.entryBytes(data, 0);
    }

    /** Whether the next entry belongs in another leaf. */
    boolean isFull() {
        return entryBytes > SrchBlock.SAFE_POS;
    }

    int entryNr() {
        return entryNr;
    }

    int entryBytes() {
        return entryBytes;
    }

    SrchEntry tail() {
        return tail;
    }

    /** Adds an entry; the leaf must not be full. */
    void append(SrchEntry entry) {
        if (entryNr == 0) {
            first = entry;
            last = entry;
            SrchBlock.setFirst(data, 0, entry);
            SrchBlock.setLast(data, 0, entry);
        } else if (entry.compareTo(first) < 0) {
            first = entry;
            SrchBlock.setFirst(data, 0, entry);
        } else if (entry.compareTo(last) > 0) {
            last = entry;
            SrchBlock.setLast(data, 0, entry);
        }
        entryBytes += SrchEntryCodec.encode(data, SrchBlock.ENTRIES + entryBytes, tail, entry);
        tail = entry;
        entryNr++;
        SrchBlock.setTail(data, 0, tail);
        SrchBlock.setEntryNr(data, 0, entryNr);
        SrchBlock.setEntryBytes(data, 0, entryBytes);
    }

    @Override
    public void close() {
        block.close();
    }
}
