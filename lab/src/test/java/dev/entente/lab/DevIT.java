package dev.entente.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code ./entente dev}. */
final class DevIT {
    @Test
    void dev_says_in_one_line_where_it_is_ready_and_ends_with_its_children_when_told_to() throws Exception {
        Process process = LabProcess.start("dev", "--port", "0", "--json");
        try (BufferedReader out = process.inputReader();
                HttpClient client = HttpClient.newHttpClient()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            assertThat(ready.keySet())
                    .containsExactlyInAnyOrder("grpc", "http", "jdbc", "schema", "recovered", "pid", "ready_ms");
            assertThat(ready.get("recovered").getAsLong()).isZero();
            URI readyz = URI.create("http://" + ready.get("http").getAsString() + "/readyz");
            assertThat(client.send(HttpRequest.newBuilder(readyz).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            ProcessHandle coordinator =
                    ProcessHandle.of(ready.get("pid").getAsLong()).orElseThrow();
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            coordinator.onExit().get(60, TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly();
        }
    }
}
