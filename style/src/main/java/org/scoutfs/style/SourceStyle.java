package org.scoutfs.style;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks or applies the layout of every Java source below {@code <root>/<module>/src}. Called by the build; run it by hand
 * with {@code mvn -q -pl style verify -Dstyle=apply}.
 */
public final class SourceStyle {
    private static final Formatter FORMATTER = Formatter.createFormatter(
            JavaFormatterOptions.builder().style(Style.PALANTIR).build());

    private SourceStyle() {}

    /**
     * Arguments: {@code check}, {@code apply} or {@code skip}; the root of the repository; the folder below it to look at. Exits
     * with 1 on findings.
     */
    public static void main(String[] args) throws IOException {
        Path root = Path.of(args[1]);
        Path under = root.resolve(args[2]).normalize();
        switch (args[0]) {
            case "skip" -> {}
            case "check" -> report(root, badlyFormatted(root, under, false));
            case "apply" ->
                badlyFormatted(root, under, true)
                        .forEach(file -> System.err.println("formatted " + root.relativize(file)));
            default -> throw new IllegalArgumentException("-Dstyle=" + args[0] + ": expected check, apply or skip");
        }
    }

    private static void report(Path root, List<Path> files) {
        if (files.isEmpty()) {
            return;
        }
        files.forEach(file -> System.err.println("not formatted: " + root.relativize(file)));
        System.err.println("run: mvn -q -pl style verify -Dstyle=apply");
        System.exit(1);
    }

    private static List<Path> badlyFormatted(Path root, Path under, boolean apply) throws IOException {
        return sources(root).parallelStream()
                .filter(file -> file.startsWith(under))
                .filter(file -> {
                    Optional<String> better = reformatted(file);
                    if (apply) {
                        better.ifPresent(text -> write(file, text));
                    }
                    return better.isPresent();
                })
                .toList();
    }

    private static List<Path> sources(Path root) throws IOException {
        List<Path> sourceRoots;
        try (Stream<Path> modules = Files.list(root)) {
            sourceRoots = modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList();
        }
        return sourceRoots.stream().flatMap(SourceStyle::javaFiles).sorted().toList();
    }

    private static Stream<Path> javaFiles(Path sourceRoot) {
        try (Stream<Path> files = Files.walk(sourceRoot)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The formatted text if it differs from what the file holds. A file that does not parse is left to the compiler. */
    private static Optional<String> reformatted(Path file) {
        try {
            String text = Files.readString(file);
            String formatted = FORMATTER.formatSourceAndFixImports(text);
            return formatted.equals(text) ? Optional.empty() : Optional.of(formatted);
        } catch (FormatterException e) {
            System.err.println("cannot format " + file + ": " + e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
