package org.scoutfs.app.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonOutputTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private record Fields(java.util.function.Consumer<FieldSink> all) implements Row {
        @Override
        public String text() {
            return "text\n";
        }

        @Override
        public void fields(FieldSink to) {
            all.accept(to);
        }
    }

    private String json(Fields... rows) {
        Output out = new JsonOutput(new PrintWriter(ByteText.writer(bytes)));
        out.decoration("heading\n");
        for (Fields row : rows) {
            out.row(row);
        }
        out.end();
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void givesAnObjectALine() {
        assertThat(json(new Fields(to -> to.text("a", "x")), new Fields(to -> to.flag("b", true))))
                .isEqualTo("{\"a\":\"x\"}\n{\"b\":true}\n");
    }

    @Test
    void givesNothingForNoRows() {
        assertThat(json()).isEmpty();
    }

    @Test
    void numbersAreWholeTo64Bits() {
        assertThat(json(new Fields(to -> {
                    to.unsigned("max", -1);
                    to.unsigned("large", Long.MAX_VALUE);
                    to.signed("low", Long.MIN_VALUE);
                })))
                .isEqualTo(
                        "{\"max\":18446744073709551615,\"large\":9223372036854775807,\"low\":-9223372036854775808}\n");
    }

    @Test
    void listsNest() {
        Row inner = new Fields(to -> to.unsigned("n", 1));
        assertThat(json(new Fields(to -> {
                    to.texts("names", List.of("a", "b"));
                    to.rows("rows", List.of(inner, inner));
                    to.rows("none", List.of());
                })))
                .isEqualTo("{\"names\":[\"a\",\"b\"],\"rows\":[{\"n\":1},{\"n\":1}],\"none\":[]}\n");
    }

    @Test
    void namesAreUtf8AndOtherBytesAreSpelledOut() {
        byte[] name = {'a', (byte) 0xc3, (byte) 0xa4, (byte) 0xff, '"', '\n', (byte) 0x80, 0x7f};
        String clef = "\ud834\udd1e";

        assertThat(json(new Fields(to -> {
                    to.text("name", ByteText.decode(name));
                    to.text("clef", clef);
                })))
                .isEqualTo("{\"name\":\"a\u00e4\\udcff\\\"\\n\\udc80\u007f\",\"clef\":\"" + clef + "\"}\n");
    }

    /** The generator hands its buffer on when it is full: no pair of surrogates may be taken apart there. */
    @Test
    void pairsOfSurrogatesSurviveFullBuffers() {
        for (int before = 0; before < 4; before++) {
            bytes.reset();
            String text = "x".repeat(before) + "\ud834\udd1e".repeat(5000);
            assertThat(json(new Fields(fields -> fields.text("t", text)))).isEqualTo("{\"t\":\"" + text + "\"}\n");
        }
    }
}
