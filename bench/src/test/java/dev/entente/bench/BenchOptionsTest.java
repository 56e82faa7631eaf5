package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.bench.load.OnOff;
import org.junit.jupiter.api.Test;
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
}
