package dev.entente.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.MachineProbe;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Everything a reader needs to judge the figures: machine, database, gRPC, JVMs. Read back, not assumed.
 *
 * @param fsyncMillis the median of a small {@code fdatasync}
 * @param commitMillis the median time of one durable commit by a client alone
 */
record RunConditions(double fsyncMillis, double commitMillis) {
    /** Times both, so nothing else may run. Blocks. */
    static RunConditions measure(TestBed bed) throws IOException, SQLException {
        return new RunConditions(
                MachineProbe.fsyncMillis(bed.options().directory()),
                bed.database().commitMillis());
    }

    /** Returns the settings that every run reports, with each coordinator that was started. */
    JsonObject toJson(TestBed bed) throws SQLException {
        JsonObject settings = new JsonObject();
        settings.addProperty(
                "finished_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        settings.add("machine", machine());
        JsonObject postgres = new JsonObject();
        bed.database().settings().forEach(postgres::addProperty);
        settings.add("postgres", postgres);
        settings.addProperty("grpc", TunedGrpc.description());
        JsonObject jvm = new JsonObject();
        jvm.addProperty("version", Runtime.version().toString());
        String work = bed.options().directory().toString();
        jvm.add("options", array(bed.options().jvmOptions(), work));
        jvm.add("client_options", array(ManagementFactory.getRuntimeMXBean().getInputArguments(), work));
        bed.coordinators().forEach((name, command) -> jvm.add(name, array(command, work)));
        settings.add("jvm", jvm);
        return settings;
    }

    private JsonObject machine() {
        JsonObject machine = new JsonObject();
        machine.addProperty("cores", Runtime.getRuntime().availableProcessors());
        machine.addProperty("cpu", cpuModel());
        machine.addProperty("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.addProperty("fsync_ms", BenchReport.rounded(fsyncMillis));
        machine.addProperty("commit_ms", BenchReport.rounded(commitMillis));
        return machine;
    }

    /** Paths are told from the checkout on: results are kept, and the machine is nobody's business. */
    private static JsonArray array(List<String> texts, String work) {
        String home = System.getProperty("entente.home", "");
        JsonArray array = new JsonArray();
        texts.stream()
                .map(text -> text.replace(work, "WORK"))
                .map(text -> home.isEmpty() ? text : text.replace(home, "."))
                .forEach(array::add);
        return array;
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
