package dev.entente.torture.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PostgresServer;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code entente doctor} as a process with a clock of its own. */
@Tag("deep")
@Tag("doctor")
final class DoctorClockIT {
    @TempDir
    private Path folder;

    @Test
    void a_clock_that_is_half_a_minute_off_is_a_finding() throws Exception {
        Clock clock = new Clock(folder.resolve("clock"), Clock.library(folder).orElse(null));
        Assumptions.assumeTrue(clock.canBeChanged());
        try (PostgresServer postgres = PostgresServer.start(Map.of("fsync", "on", "synchronous_commit", "on"))) {
            Path file = Files.writeString(
                    folder.resolve("entente.yaml"), "database: {url: '" + postgres.url("postgres") + "'}\n");

            assertThat(doctor(clock, file)).isEqualTo("0: no findings\n");
            clock.putOff(Duration.ofSeconds(30));
            assertThat(doctor(clock, file)).matches("1: The clock of this machine is (29|30) s ahead of (?s).*");
            clock.putOff(Duration.ofSeconds(-30));
            assertThat(doctor(clock, file)).matches("1: The clock of this machine is (30|31) s behind (?s).*");
        }
    }

    private static String doctor(Clock clock, Path file) throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                ServerJar.find().toString(),
                "doctor",
                "--config",
                file.toString());
        command.environment().putAll(clock.environment());
        Process process = command.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + ": " + out;
    }
}
