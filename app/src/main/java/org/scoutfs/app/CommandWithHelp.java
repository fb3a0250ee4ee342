package org.scoutfs.app;

import picocli.CommandLine.Option;

/** What every command has: {@code -?}, {@code --help} and {@code --usage} show its help on standard output. */
public abstract class CommandWithHelp {
    @Option(
            names = {"-?", "--help", "--usage"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;
}
