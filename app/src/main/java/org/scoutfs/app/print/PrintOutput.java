package org.scoutfs.app.print;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Text and names to one stream; collects the small pieces of lines. Belongs to one thread. */
final class PrintOutput {
    /** Column at which a list of numbers goes on in a new line. */
    private static final int LIST_COLUMNS = 77;

    private final OutputStream out;

    PrintOutput(OutputStream out) {
        this.out = out;
    }

    void text(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @FormatMethod
    void format(String format, Object... args) throws IOException {
        text(String.format(Locale.ROOT, format, args));
    }

    /** Bytes of a name: what is not printable ASCII is shown as a dot, byte by byte. */
    void name(byte[] bytes, int length) throws IOException {
        byte[] shown = new byte[length];
        for (int i = 0; i < length; i++) {
            shown[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : (byte) '.';
        }
        out.write(shown);
    }

    void flush() throws IOException {
        out.flush();
    }

    /** Unsigned decimal. */
    static String u(long value) {
        return Long.toUnsignedString(value);
    }

    /** A list of {@code pair}s behind a title, wrapped as the reference does: the first word of a further line is not counted. */
    final class WrappedList {
        private final String indent;
        private int column;

        WrappedList(String title, String indent) throws IOException {
            this.indent = indent;
            this.column = title.length();
            text(title);
        }

        void add(String word) throws IOException {
            if (column + word.length() > LIST_COLUMNS) {
                text("\n" + indent);
                column = indent.length();
            } else {
                column += word.length();
            }
            text(word);
        }

        /** Ends the list; as in the reference without a newline after a line of one word. */
        void end() throws IOException {
            if (column != indent.length()) {
                text("\n");
            }
        }
    }
}
