package dev.entente.stories.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Ended;
import dev.entente.rig.JavaCommand;
import dev.entente.rig.ServerJar;
import dev.entente.stories.DebianPackages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A participant and a client in Python that use only the protos and the documents, and verify every rule. */
@Tag("deep")
@Tag("languages")
final class ForeignIT {
    private static final int TRANSACTIONS = 150;
    private static final int KILLS = 3;
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    private Path folder;

    @Test
    void a_foreign_participant_observes_no_violation_while_the_coordinator_is_killed() throws Exception {
        DebianPackages.require(
                List.of("python3-grpcio", "python3-protobuf", "protobuf-compiler", "libprotobuf-dev"),
                PYTHON,
                "-c",
                "import grpc, google.protobuf, shutil, os; "
                        + "assert shutil.which('protoc') and os.path.exists('/usr/include/google/protobuf/any.proto')");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(folder)) {
            database.create("entente");
            JsonObject report = run(database);
            assertThat(report.getAsJsonArray("faults")).isEmpty();
            assertThat(report.get("transactions").getAsInt()).isEqualTo(TRANSACTIONS);
            assertThat(report.getAsJsonArray("calls_at_kills")).hasSize(KILLS);
            assertThat(report.get("taken_over").getAsInt()).isPositive();
            assertThat(report.getAsJsonObject("ends").keySet()).containsExactlyInAnyOrder("SUCCEEDED", "ABORTED");
        }
    }

    private JsonObject run(EmbeddedDatabase database) throws IOException {
        Ended python =
                Ended.run(command(database, ServerJar.find().resolve("../../..").normalize()));
        assertThat(python.out()).as(python.err()).isNotEmpty();
        return JsonParser.parseString(python.out()).getAsJsonObject();
    }

    private List<String> command(EmbeddedDatabase database, Path home) {
        return List.of(
                PYTHON,
                "-B",
                home.resolve("verify/stories/src/test/python/foreign.py").toString(),
                "--jar",
                ServerJar.find().toString(),
                "--java",
                JavaCommand.java(),
                "--jdbc-url",
                database.url("entente"),
                "--folder",
                folder.toString(),
                "--protos",
                home.resolve("proto/src/main/protobuf").toString(),
                "--transactions",
                Integer.toString(TRANSACTIONS),
                "--kills",
                Integer.toString(KILLS));
    }
}
