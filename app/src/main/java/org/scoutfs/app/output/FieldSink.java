package org.scoutfs.app.output;

import java.util.List;

/** Takes the fields of a {@link Row}. Names are lower case with underscores. */
public interface FieldSink {
    void text(String name, String value);

    /** 64 bits without a sign. */
    void unsigned(String name, long value);

    void signed(String name, long value);

    void flag(String name, boolean value);

    void texts(String name, List<String> values);

    void rows(String name, List<? extends Row> rows);
}
