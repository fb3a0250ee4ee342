package org.scoutfs.app.output;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One JSON object on a line for each row, as it comes. Numbers are whole, up to 2<sup>64</sup>-1. A byte of a name that is no part of UTF-8
 * becomes <code>&#92;udc80</code>..<code>&#92;udcff</code>, U+DC00 + byte; Python's {@code os.fsencode} makes that byte of it again.
 */
final class JsonOutput implements Output {
    private final JsonGenerator json;
    private final FieldSink fields = new Fields();

    /** Never closes {@code out}. */
    JsonOutput(Writer out) {
        this.json = JsonFactory.builder()
                .rootValueSeparator("")
                .build()
                .createGenerator(ObjectWriteContext.empty(), new NameBytes(out));
    }

    @Override
    public void row(Row row) {
        object(row);
        json.writeRaw('\n');
    }

    private void object(Row row) {
        json.writeStartObject();
        row.fields(fields);
        json.writeEndObject();
    }

    @Override
    public void decoration(String lines) {
        // the rows say it
    }

    @Override
    public void end() {
        json.flush();
    }

    private final class Fields implements FieldSink {
        @Override
        public void text(String name, String value) {
            json.writeStringProperty(name, value);
        }

        @Override
        public void unsigned(String name, long value) {
            if (value >= 0) {
                json.writeNumberProperty(name, value);
            } else {
                json.writeNumberProperty(name, new BigInteger(Long.toUnsignedString(value)));
            }
        }

        @Override
        public void signed(String name, long value) {
            json.writeNumberProperty(name, value);
        }

        @Override
        public void flag(String name, boolean value) {
            json.writeBooleanProperty(name, value);
        }

        @Override
        public void texts(String name, List<String> values) {
            json.writeArrayPropertyStart(name);
            values.forEach(json::writeString);
            json.writeEndArray();
        }

        @Override
        public void rows(String name, List<? extends Row> rows) {
            json.writeArrayPropertyStart(name);
            rows.forEach(JsonOutput.this::object);
            json.writeEndArray();
        }
    }

    /**
     * Spells out what {@link ByteText} made of single bytes, so that it stays text on its way; they stand in strings only. The generator may
     * write the halves of a character in two calls: they go on in one.
     */
    private static final class NameBytes extends FilterWriter {
        private static final char NONE = 0;
        private char firstHalf = NONE;

        NameBytes(Writer out) {
            super(out);
        }

        @Override
        public void write(int c) throws IOException {
            write(new char[] {(char) c}, 0, 1);
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            write(text.toCharArray(), offset, length);
        }

        @Override
        public void write(char[] chars, int offset, int length) throws IOException {
            StringBuilder text = new StringBuilder(length + 8);
            for (int i = offset; i < offset + length; i++) {
                char c = chars[i];
                if (firstHalf != NONE) {
                    text.append(firstHalf).append(c);
                    firstHalf = NONE;
                } else if (Character.isHighSurrogate(c)) {
                    firstHalf = c;
                } else if (Character.isLowSurrogate(c)) {
                    text.append("\\u").append(Integer.toHexString(c));
                } else {
                    text.append(c);
                }
            }
            out.write(text.toString());
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
