package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class BenchOptionsTest {
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
        "--finished, -1",
    })
    void a_number_out_of_range_is_wrong_usage(String option, String value) {
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
