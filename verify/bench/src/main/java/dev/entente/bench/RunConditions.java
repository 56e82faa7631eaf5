package dev.entente.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.peer.PeerMain;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.bench.process.Jvm;
import dev.entente.bench.process.MachineProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Everything a reader needs to judge the figures: machine, database, gRPC, JVMs, schedule. Read back, not assumed. */
final class RunConditions {
    private final TestBed bed;
    private final TestBed.Options options;
    private final Schedule schedule;
    private final double fsyncMillis;
    private final double commitMillis;

    /** Also times the machine's fsync and one commit, so it must be created while nothing else runs. */
    RunConditions(TestBed bed, TestBed.Options options, Schedule schedule) throws IOException, SQLException {
        this.bed = bed;
        this.options = options;
        this.schedule = schedule;
        this.fsyncMillis = MachineProbe.fsyncMillis(options.directory());
        this.commitMillis = bed.database().commitMillis();
    }

    /** The median time of one durable commit by a client alone, in milliseconds. */
    double commitMillis() {
        return commitMillis;
    }

    /** @param rows where the share of the machine that others used is taken from */
    JsonObject toJson(List<Row> rows) throws SQLException {
        JsonObject settings = common(bed.database(), fsyncMillis, commitMillis);
        double outside = rows.stream()
                .mapToDouble(row -> row.figures().outsideCpuShare())
                .max()
                .orElse(0);
        settings.getAsJsonObject("machine").addProperty("outside_cpu_share_max", BenchReport.rounded(outside));
        settings.add("jvm", jvm());
        settings.addProperty("hand_pool_size", PeerMain.POOL_SIZE);
        settings.addProperty("plan_bytes", RequestTemplate.PLAN_BYTES);
        settings.addProperty("step_request_bytes", RequestTemplate.stepBytes());
        settings.addProperty("warm_up_s", seconds(schedule.warmUp()));
        settings.addProperty("window_s", seconds(schedule.window()));
        settings.addProperty("ramp_s", seconds(Schedule.RAMP));
        return settings;
    }

    /** Returns the settings that every run reports: the machine, the database and gRPC. */
    static JsonObject common(BenchDatabase database, double fsyncMillis, double commitMillis) throws SQLException {
        JsonObject settings = new JsonObject();
        settings.addProperty(
                "finished_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        settings.add("machine", machine(fsyncMillis, commitMillis));
        JsonObject postgres = new JsonObject();
        database.settings().forEach(postgres::addProperty);
        settings.add("postgres", postgres);
        settings.addProperty("grpc", TunedGrpc.description());
        return settings;
    }

    private static JsonObject machine(double fsyncMillis, double commitMillis) {
        JsonObject machine = new JsonObject();
        machine.addProperty("cores", Runtime.getRuntime().availableProcessors());
        machine.addProperty("cpu", cpuModel());
        machine.addProperty("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.addProperty("fsync_ms", BenchReport.rounded(fsyncMillis));
        machine.addProperty("commit_ms", BenchReport.rounded(commitMillis));
        return machine;
    }

    private JsonObject jvm() {
        JsonObject jvm = new JsonObject();
        jvm.addProperty("version", Jvm.version());
        jvm.add("options", array(options.jvmOptions()));
        jvm.add("client_options", array(Jvm.ownOptions()));
        bed.coordinatorArguments().forEach((name, arguments) -> jvm.add(name, array(arguments)));
        return jvm;
    }

    /** Paths are told from the checkout on: results are kept, and the machine is nobody's business. */
    static JsonArray array(List<String> texts) {
        String home = System.getProperty("entente.home", "");
        JsonArray array = new JsonArray();
        texts.forEach(text -> array.add(home.isEmpty() ? text : text.replace(home, ".")));
        return array;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
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
