package org.scoutfs.app.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Names as text and back without loss. Names of files are bytes, mostly UTF-8 but not always; a byte that is no part of UTF-8 becomes the
 * lone surrogate U+DC00 + byte, which no proper text contains, and that byte again on the way out.
 */
public final class ByteText {
    private static final char ESCAPE = 0xDC00;

    private ByteText() {}

    public static String decode(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (!result.isError()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPE + Byte.toUnsignedInt(in.get())));
            }
        }
    }

    public static byte[] encode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 16);
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean escaped = c >= ESCAPE + 0x80
                    && c <= ESCAPE + 0xff
                    && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
            if (escaped) {
                bytes.writeBytes(text.substring(from, i).getBytes(StandardCharsets.UTF_8));
                bytes.write(c - ESCAPE);
                from = i + 1;
            }
        }
        bytes.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
        return bytes.toByteArray();
    }

    /** A writer of such text, whatever the locale. Nothing splits a character of two halves over two calls. */
    public static Writer writer(OutputStream to) {
        return new Writer() {
            @Override
            public void write(char[] chars, int offset, int length) throws IOException {
                to.write(encode(new String(chars, offset, length)));
            }

            @Override
            public void flush() throws IOException {
                to.flush();
            }

            @Override
            public void close() throws IOException {
                to.close();
            }
        };
    }
}
