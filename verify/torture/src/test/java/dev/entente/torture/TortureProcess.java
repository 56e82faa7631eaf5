package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.Ended;
import java.io.IOException;

/** A run of {@code ./entente torture}. */
final class TortureProcess {
    /** The seed of the load and the faults, as an option's value. */
    static final String SEED = Long.toString(Long.getLong("entente.test.seed", 7));

    private TortureProcess() {}

    /** Runs {@code torture}, expects exit code 0 and returns the report. Blocks. */
    static JsonObject run(String... arguments) throws IOException {
        return run(Torture.class, arguments);
    }

    /** Runs a command of this module, expects exit code 0 and returns the report. Blocks. */
    static JsonObject run(Class<?> main, String... arguments) throws IOException {
        Ended ended = Ended.run(Ended.program(main, arguments));
        assertThat(ended.exit()).describedAs(ended.output()).isZero();
        return JsonParser.parseString(ended.out()).getAsJsonObject();
    }
}
