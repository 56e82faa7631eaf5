package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what completion scripts offer. */
class CompletionCommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void values_are_offered_that_a_command_takes_and_no_others(String shell) {
        Cli answer = Cli.run("completion", shell);
        assertThat(answer.exit()).isZero();
        assertThat(answer.out()).doesNotContain("UNRECOGNIZED", "UNSPECIFIED");
        assertThat(answer.out().replace("\"", ""))
                .contains("BEGUN SCHEDULED RUNNING COMPLETING UNDOING SUCCEEDED ABORTED GIVEN_UP")
                .contains("SAGA TCC TWO_PHASE MESSAGE NOTIFICATION")
                .contains("submitter viewer operator admin");
    }
}
