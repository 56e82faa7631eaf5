package dev.entente.bench;

import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.MachineProbe;
import dev.entente.rig.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The conditions that a reader needs to evaluate the figures: machine, database, gRPC, JVMs. The values are read back,
 * not assumed.
 *
 * @param fsyncMillis the median of a small {@code fdatasync}
 * @param commitMillis the median time of one durable commit by a single client
 */
record RunConditions(double fsyncMillis, double commitMillis) {
    /** Measures both times; no other load may run. Blocks. */
    static RunConditions measure(TestBed bed) throws IOException, SQLException {
        return new RunConditions(
                MachineProbe.fsyncMillis(bed.options().directory()),
                bed.database().commitMillis());
    }

    /**
     * Returns the settings that every run reports, and the command line of each started coordinator.
     *
     * @param machine further names and figures of the machine, alternately
     */
    Map<String, @Nullable Object> settings(TestBed bed, Object... machine) throws SQLException {
        String work = bed.options().directory().toString();
        Map<String, @Nullable Object> jvm = Json.object(
                "version", Runtime.version().toString(),
                "options", reported(bed.options().jvmOptions(), work),
                "client_options", reported(ManagementFactory.getRuntimeMXBean().getInputArguments(), work));
        bed.coordinators().forEach((name, command) -> jvm.put(name, reported(command, work)));
        Map<String, @Nullable Object> all = Json.object(
                "cores", Runtime.getRuntime().availableProcessors(),
                "cpu", cpuModel(),
                "os", System.getProperty("os.name") + " " + System.getProperty("os.version"),
                "fsync_ms", BenchReport.rounded(fsyncMillis),
                "commit_ms", BenchReport.rounded(commitMillis));
        all.putAll(Json.object(machine));
        return Json.object(
                "finished_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                "machine", all,
                "postgres", bed.database().settings(),
                "grpc", TunedGrpc.description(),
                "jvm", jvm);
    }

    /** Shortens paths to the checkout or the work folder, because results are published without private paths. */
    private static List<String> reported(List<String> texts, String work) {
        String home = System.getProperty("entente.home", "");
        return texts.stream()
                .map(text -> text.replace(work, "WORK"))
                .map(text -> home.isEmpty() ? text : text.replace(home, "."))
                .toList();
    }

    private static String cpuModel() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
