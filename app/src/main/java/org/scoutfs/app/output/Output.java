package org.scoutfs.app.output;

/** Where a command puts its records, in one form or another. One thread at a time. */
public interface Output {
    void row(Row row);

    /** Lines that only a person needs: headings and sums over what the rows say already. */
    void decoration(String lines);

    /** All rows were given: whatever is still held back goes out. Called once, also after a failure in the middle. */
    void end();
}
