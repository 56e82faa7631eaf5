package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the options that each command has, and the values that shells complete. */
class CommandOptionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "server ", "tx ", "tx list ", "topic subscribe ", "token create ", "completion "})
    void each_command_prints_the_version(String command) {
        Cli answer = Cli.run((command + "-V").split(" ", -1));
        assertThat(answer.exit()).isZero();
        assertThat(answer.out()).startsWith("entente ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void completion_offers_only_values_that_commands_accept(String shell) {
        Cli answer = Cli.run("completion", shell);
        assertThat(answer.exit()).isZero();
        assertThat(answer.out()).doesNotContain("UNRECOGNIZED", "UNSPECIFIED");
        assertThat(answer.out().replace("\"", ""))
                .contains("BEGUN SCHEDULED RUNNING COMPLETING UNDOING SUCCEEDED ABORTED GIVEN_UP")
                .contains("SAGA TCC TWO_PHASE MESSAGE NOTIFICATION")
                .contains("submitter viewer operator admin");
    }
}
