package org.scoutfs.app.output;

/** One record that a command shows. */
public interface Row {
    /** What the reference prints for it, with the end of its last line. */
    String text();

    /** Its fields, in the order in which they are read best. */
    void fields(FieldSink to);
}
