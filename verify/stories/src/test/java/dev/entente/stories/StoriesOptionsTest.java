package dev.entente.stories;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Tests of the options of this module's commands. No process is started. */
class StoriesOptionsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "dev --ready-timeout=0",
                "demo --ready-timeout=0",
                "sim --seeds=0",
                "sim --seeds=-1",
                "sim --threads=0",
                "sim --minutes=0",
            })
    void a_number_out_of_range_is_wrong_usage(String line) {
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new Stories()).setErr(new PrintWriter(err)).execute(line.split(" "));
        assertThat(exit).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).startsWith(line.replaceAll(".* |=.*", "") + " must be ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-V", "demo -V", "dev --version", "sim -V"})
    void the_version_is_printed(String line) {
        StringWriter out = new StringWriter();
        int exit = new CommandLine(new Stories()).setOut(new PrintWriter(out)).execute(line.split(" "));
        assertThat(exit).isZero();
        assertThat(out.toString()).startsWith("entente ");
    }
}
