package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class CommandTableTest {
    @ParameterizedTest
    @EnumSource(CommandTable.class)
    void nameIsThatOfTheClass(CommandTable command) {
        assertThat(new CommandLine(command.type()).getCommandName()).isEqualTo(command.commandName());
    }

    @ParameterizedTest
    @EnumSource(value = CommandTable.class, mode = EnumSource.Mode.EXCLUDE, names = "HELP")
    void helpShowsAnExample(CommandTable command) {
        for (String option : new String[] {"-?", "--help", "--usage"}) {
            InProcess.Result result = InProcess.run(command.commandName(), option);

            assertThat(result.exitCode()).isZero();
            assertThat(result.err()).isEmpty();
            assertThat(result.out())
                    .contains("Usage: scoutfs " + command.commandName())
                    .contains("Example");
        }
    }
}
