package org.scoutfs.app.man;

import java.util.List;

/** Text in the macros of man(7). Whatever is given is shown as it stands: nothing in it is taken for a request. */
final class Roff {
    private final StringBuilder text = new StringBuilder();

    Roff title(String name, int section, String source, String manual) {
        return request("TH", quoted(name), Integer.toString(section), quoted(""), quoted(source), quoted(manual));
    }

    Roff section(String name) {
        return request("SH", quoted(name));
    }

    Roff subsection(String name) {
        return request("SS", quoted(name));
    }

    Roff paragraph() {
        return request("PP");
    }

    /** A paragraph behind a tag, which may have {@link #bold} and {@link #italic} parts. */
    Roff tagged(String markedTag, List<String> lines) {
        request("TP");
        text.append(markedTag).append('\n');
        return lines(lines);
    }

    /**
     * Lines as a help text has them: indented ones are kept as they are, empty ones end a paragraph, the others are filled.
     */
    Roff lines(List<String> lines) {
        boolean literal = false;
        boolean gap = false;
        for (String line : lines) {
            boolean indented = line.startsWith("  ");
            if (literal && !indented) {
                request("fi");
                literal = false;
                gap = true;
            }
            if (line.isBlank()) {
                gap = true;
                continue;
            }
            if (gap) {
                paragraph();
                gap = false;
            }
            if (indented && !literal) {
                request("nf");
                literal = true;
            }
            plain(line);
        }
        return literal ? request("fi") : this;
    }

    Roff plain(String line) {
        text.append(escaped(line)).append('\n');
        return this;
    }

    /** Text with {@link #bold} and {@link #italic} parts. */
    Roff marked(String line) {
        text.append(line).append('\n');
        return this;
    }

    static String bold(String part) {
        return "\\fB" + escaped(part).replace("\\&", "") + "\\fR";
    }

    static String italic(String part) {
        return "\\fI" + escaped(part).replace("\\&", "") + "\\fR";
    }

    private Roff request(String name, String... arguments) {
        text.append('.').append(name);
        for (String argument : arguments) {
            text.append(' ').append(argument);
        }
        text.append('\n');
        return this;
    }

    private static String quoted(String argument) {
        return '"' + escaped(argument).replace("\"", "\\(dq") + '"';
    }

    private static String escaped(String line) {
        String safe = line.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("'", "\\(aq")
                .replace("`", "\\(ga")
                .replace("^", "\\(ha")
                .replace("~", "\\(ti");
        return safe.startsWith(".") ? "\\&" + safe : safe;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
