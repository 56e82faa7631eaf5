package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.bench.load.OnOff;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

final class BenchOptionsTest {
    private static OnOff stream(String... args) {
        CommandLine bench = new CommandLine(new Bench());
        bench.parseArgs(args);
        return bench.getCommandSpec().findOption("--stream").getValue();
    }

    @Test
    void streams_are_measured_unless_they_are_left_out() {
        assertThat(stream()).isEqualTo(OnOff.ON);
        assertThat(stream("--stream", "on", "--quick")).isEqualTo(OnOff.ON);
        assertThat(stream("--stream", "off")).isEqualTo(OnOff.OFF);
    }

    @Test
    void a_third_word_is_wrong_usage() {
        assertThatThrownBy(() -> stream("--stream", "perhaps"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("neither on nor off");
    }

    @ParameterizedTest
    @CsvSource({
        "--in-flight, 0",
        "--in-flight, -1",
        "--seconds, 0",
        "--seconds, NaN",
        "--seconds, 1e300",
        "--repeats, 0",
        "--warm-up, -1",
        "--open, 0",
        "--open-limit, -5",
        "--finished, -1",
        "--rows, 0",
    })
    void a_number_that_measures_nothing_is_wrong_usage(String option, String value) {
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new Bench())
                .setErr(new PrintWriter(err))
                .execute("--only", "no-such-subject", option, value);
        assertThat(exit).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).startsWith(option + " must be ");
    }

    @Test
    void the_version_is_printed() {
        StringWriter out = new StringWriter();
        int exit = new CommandLine(new Bench()).setOut(new PrintWriter(out)).execute("--version");
        assertThat(exit).isZero();
        assertThat(out.toString()).startsWith("entente ");
    }
}
