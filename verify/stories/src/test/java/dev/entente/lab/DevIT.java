package dev.entente.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.rig.Ended;
import dev.entente.rig.Wait;
import dev.entente.v1.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void a_killed_coordinator_is_started_again_and_announced_participants_are_called_over_a_restart_of_all(
            @TempDir Path folder) throws Exception {
        Path data = folder.resolve("data");
        AtomicInteger calls = new AtomicInteger();
        HttpServer shop = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        shop.createContext("/", exchange -> {
            calls.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        shop.start();
        String url = "http://localhost:" + shop.getAddress().getPort();
        Process first = LabProcess.start("dev", "--port", "0", "--json", "--data", data.toString());
        try (BufferedReader out = first.inputReader();
                BufferedReader err = first.errorReader()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            try (Entente entente =
                    Entente.builder(ready.get("grpc").getAsString()).build()) {
                entente.announce("shop", url).join();
                assertThat(buy(entente, "o-1")).isInstanceOf(Outcome.Succeeded.class);
                ProcessHandle.of(ready.get("pid").getAsLong()).orElseThrow().destroyForcibly();
                assertThat(err.lines().anyMatch(line -> line.contains("is ready again")))
                        .isTrue();
                entente.announce("shop", url).join();
                assertThat(buy(entente, "o-2")).isInstanceOf(Outcome.Succeeded.class);
            }
            Ended second = LabProcess.run("dev", "--port", "0", "--data", data.toString());
            assertThat(second.exit()).isEqualTo(1);
            assertThat(second.err()).contains("another `dev` runs with --data " + data);
        } finally {
            first.destroyForcibly();
        }
        Process third = LabProcess.start(
                "dev", "--port", "0", "--json", "--data", data.toString(), "--participant", "shop=" + url);
        try (BufferedReader out = third.inputReader()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            try (Entente entente =
                    Entente.builder(ready.get("grpc").getAsString()).build()) {
                assertThat(entente.transactions().get("o-2").getState()).isEqualTo(Transaction.State.SUCCEEDED);
                assertThat(buy(entente, "o-3")).isInstanceOf(Outcome.Succeeded.class);
                assertThatThrownBy(() -> entente.announce("shop", url).join())
                        .rootCause()
                        .hasMessageContaining("ENT-063");
            }
            assertThat(calls).hasValue(3);
        } finally {
            third.destroy();
            third.waitFor();
            shop.stop(0);
        }
        Files.writeString(data.resolve("postgres/PG_VERSION"), "9\n");
        Ended older = LabProcess.run("dev", "--port", "0", "--data", data.toString());
        assertThat(older.exit()).isEqualTo(1);
        assertThat(older.err())
                .contains("is of PostgreSQL 9, and this is PostgreSQL")
                .contains("pg_dump");
    }

    private static Outcome buy(Entente entente, String order) {
        Saga saga = entente.saga("order").gid(order);
        saga.step("buy", entente.participant("shop").post("/purchases")).nothingToUndo();
        return saga.submitAndWait(PatientAwaits.BOUND);
    }

    @Test
    void a_coordinator_that_ends_at_once_again_and_again_ends_dev_with_the_end_of_its_log() throws Exception {
        Process process = LabProcess.start("dev", "--port", "0", "--json");
        try (BufferedReader out = process.inputReader();
                BufferedReader err = process.errorReader()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            try (Connection connection =
                            DriverManager.getConnection(ready.get("jdbc").getAsString());
                    Statement statement = connection.createStatement()) {
                statement.execute("alter table entente_schema_history rename to lost");
            }
            ProcessHandle.of(ready.get("pid").getAsLong()).orElseThrow().destroyForcibly();

            assertThat(process.waitFor()).isEqualTo(1);
            assertThat(err.lines().toList())
                    .anyMatch(line -> line.contains("starting it again"))
                    .anyMatch(line -> line.contains("times at once; its log is in"));
        } finally {
            process.destroyForcibly();
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
