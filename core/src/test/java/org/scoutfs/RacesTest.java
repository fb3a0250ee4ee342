package org.scoutfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/races.md} has a row for each race of spec 3 section 16, and the tests that it names are there. */
class RacesTest {
    private static final int RACES = 108;
    private static final Path ROOT = Path.of("..");
    private static final Pattern ROW = Pattern.compile("^\\| R(\\d+) \\| .* \\| (.*) \\|$", Pattern.MULTILINE);
    private static final Pattern METHOD = Pattern.compile("`(\\w*)#(\\w+)`");

    @Test
    void everyRaceHasItsRow() throws IOException {
        List<Integer> rows = rows().map(row -> Integer.parseInt(row[0])).toList();
        assertThat(rows).isEqualTo(IntStream.rangeClosed(1, RACES).boxed().toList());
    }

    @Test
    void testsThatAreNamedExist() throws IOException {
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (String[] row : rows().toList()) {
            Matcher methods = METHOD.matcher(row[1]);
            String className = "";
            while (methods.find()) {
                // "#method" is of the class named before
                className = methods.group(1).isEmpty() ? className : methods.group(1);
                if (!className.endsWith("Test")) {
                    // what makes the race impossible
                    continue;
                }
                named++;
                if (!sources.getOrDefault(className, "").contains("void " + methods.group(2) + "(")) {
                    missing.add("R" + row[0] + ": " + className + "#" + methods.group(2));
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(named).isGreaterThan(RACES / 2);
    }

    private static Stream<String[]> rows() throws IOException {
        Matcher rows = ROW.matcher(Files.readString(ROOT.resolve("docs/races.md")));
        return rows.results().map(row -> new String[] {row.group(1), row.group(2)});
    }

    /** Test sources of all modules by class name. */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("core", "fuse", "app")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }
}
