package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.torture.fuzz.FuzzCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Tests that torture, crash and fuzz reject numbers with which they would test nothing and report success. */
class OptionsTest {
    private static Callable<Integer> command(String name) {
        return switch (name) {
            case "crash" -> new Crash();
            case "fuzz" -> new FuzzCommand();
            default -> new Torture();
        };
    }

    @ParameterizedTest
    @CsvSource({
        "crash, --cycles=0",
        "crash, --cycles=-1",
        "crash, --cycles=2000000000",
        "fuzz, --seconds=0",
        "fuzz, --seconds=-3",
        "torture, --seconds=0",
        "torture, --seconds=-1",
        "torture, --seconds=2000000000",
        "torture, --coordinators=0",
        "torture, --coordinators=1000",
        "torture, --rate=0",
        "torture, --rounds=0",
        "torture, --open-limit=0",
    })
    void a_number_out_of_range_is_wrong_usage(String name, String option) {
        StringWriter err = new StringWriter();
        int exit = new CommandLine(command(name)).setErr(new PrintWriter(err)).execute(option);
        assertThat(exit).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).startsWith(option.replaceFirst("=.*", "") + " must be ");
    }

    @Test
    void the_version_is_printed() {
        for (String name : new String[] {"crash", "fuzz", "torture"}) {
            StringWriter out = new StringWriter();
            assertThat(new CommandLine(command(name))
                            .setOut(new PrintWriter(out))
                            .execute("-V"))
                    .isZero();
            assertThat(out.toString()).as(name).startsWith("entente ");
        }
    }
}
