package org.scoutfs.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A volume mounted in this process for the whole run. */
final class EmbeddedContender implements Contender {
    static final String NAME = "embedded";

    private final EmbeddedTarget target;
    private @Nullable PhaseRunner runner;

    EmbeddedContender(Path meta, Path data) throws IOException {
        this.target = new EmbeddedTarget(meta, data, "bench");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void begin(Shape total) throws IOException {
        target.makeDirectory();
        runner = new PhaseRunner(target, total);
    }

    @Override
    public Outcome run(Phase phase) throws IOException {
        return Objects.requireNonNull(runner).run(phase);
    }

    @Override
    public void settle() throws IOException {
        target.settle();
    }

    @Override
    public void end(List<Phase> phases) throws IOException {
        PhaseRunner ended = Objects.requireNonNull(runner);
        ended.removeLeftovers(phases);
        ended.close();
        target.removeDirectory();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }
}
