package org.scoutfs.app.search;

import org.scoutfs.app.output.FieldSink;
import org.scoutfs.app.output.Row;

/** The number of an inode on a line. */
record InoRow(long ino) implements Row {
    @Override
    public String text() {
        return Long.toUnsignedString(ino) + "\n";
    }

    @Override
    public void fields(FieldSink to) {
        to.unsigned("ino", ino);
    }
}
