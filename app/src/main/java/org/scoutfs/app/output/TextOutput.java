package org.scoutfs.app.output;

import java.io.PrintWriter;

/** The form of the reference's commands. */
final class TextOutput implements Output {
    private final PrintWriter out;

    TextOutput(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void row(Row row) {
        out.print(row.text());
    }

    @Override
    public void decoration(String lines) {
        out.print(lines);
    }

    @Override
    public void end() {
        out.flush();
    }
}
