package dev.entente.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.PatientAwaits;
import dev.entente.rig.Ended;
import dev.entente.rig.Wait;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
            process.waitFor();
            coordinator.onExit().get();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void a_port_that_is_taken_is_told_in_the_childs_words_and_with_its_exit_code() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Ended dev = LabProcess.run("dev", "--port", Integer.toString(taken.getLocalPort()), "--http-port", "0");
            assertThat(dev.exit()).as(dev.err()).isEqualTo(7);
            assertThat(dev.err().lines().findFirst().orElse("")).startsWith("ENT-077: grpc.port = ");
            Matcher log = Pattern.compile("its log: (\\S+)").matcher(dev.err());
            assertThat(log.find()).as(dev.err()).isTrue();
            assertThat(Path.of(log.group(1))).isRegularFile().content().contains("ENT-077");
        }
    }

    @Test
    void killed_with_minus_nine_it_leaves_no_process_behind() throws Exception {
        Process process = LabProcess.start("dev", "--port", "0", "--json");
        try (BufferedReader out = process.inputReader()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            List<ProcessHandle> children = process.descendants().toList();
            assertThat(children)
                    .extracting(ProcessHandle::pid)
                    .contains(ready.get("pid").getAsLong());
            process.destroyForcibly();
            for (ProcessHandle child : children) {
                child.onExit().get();
            }
            int port = URI.create(ready.get("jdbc").getAsString().substring("jdbc:".length()))
                    .getPort();
            assertThat(Wait.until(PatientAwaits.BOUND, () -> isFree(port)))
                    .as("PostgreSQL has ended")
                    .isTrue();
        }
    }

    private static boolean isFree(int port) {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return false;
        } catch (IOException refused) {
            return true;
        }
    }
}
