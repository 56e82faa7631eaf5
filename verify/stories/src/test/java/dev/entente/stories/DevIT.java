package dev.entente.stories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.rig.Ended;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of {@code ./entente dev}. */
final class DevIT {
    @Test
    void dev_prints_its_addresses_and_ends_when_its_coordinator_keeps_failing() throws Exception {
        Process process = StoriesProcess.start("dev", "--port", "0", "--json");
        try (BufferedReader out = process.inputReader();
                BufferedReader err = process.errorReader();
                HttpClient client = HttpClient.newHttpClient()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            assertThat(ready.keySet())
                    .containsExactlyInAnyOrder("grpc", "http", "jdbc", "schema", "recovered", "pid", "ready_ms");
            assertThat(ready.get("recovered").getAsLong()).isZero();
            URI readyz = URI.create("http://" + ready.get("http").getAsString() + "/readyz");
            assertThat(client.send(HttpRequest.newBuilder(readyz).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            try (Connection connection =
                            DriverManager.getConnection(ready.get("jdbc").getAsString());
                    Statement statement = connection.createStatement()) {
                statement.execute("update entente_schema_history set version = '0099'");
            }
            coordinator(ready).destroyForcibly();

            assertThat(process.waitFor()).isEqualTo(1);
            assertThat(err.lines().toList())
                    .anyMatch(line -> line.contains("starting it again"))
                    .anyMatch(line -> line.startsWith("ENT-074"))
                    .anyMatch(line -> line.contains("times soon after its start; its log is in"));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void an_occupied_port_is_reported_with_the_servers_message_and_exit_code() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Ended dev = StoriesProcess.run("dev", "--port", Integer.toString(taken.getLocalPort()), "--http-port", "0");
            assertThat(dev.exit()).as(dev.err()).isEqualTo(7);
            assertThat(dev.err().lines()).anyMatch(line -> line.startsWith("ENT-077: grpc.port = "));
            Matcher log = Pattern.compile("its log: (\\S+)").matcher(dev.err());
            assertThat(log.find()).as(dev.err()).isTrue();
            assertThat(Path.of(log.group(1))).isRegularFile().content().contains("ENT-077");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--set", "--config"})
    void dev_accepts_server_settings_as_options_and_as_a_file(String option, @TempDir Path folder) throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "secret");
        Path file = Files.writeString(folder.resolve("dev.yaml"), "participants.shop.tokenFile: " + token + "\n");
        String value = option.equals("--set") ? "participants.shop.tokenFile=" + token : file.toString();
        try (Shop shop = new Shop()) {
            Process dev = StoriesProcess.start(
                    "dev", "--port", "0", "--json", "--participant", "shop=" + shop.url(), option, value);
            try (BufferedReader out = dev.inputReader();
                    Entente entente =
                            client(JsonParser.parseString(out.readLine()).getAsJsonObject())) {
                buy(entente, "o-1");
                assertThat(outcome(entente, "o-1")).isInstanceOf(Outcome.Succeeded.class);
                assertThat(shop.tokens).containsExactly("Bearer secret");
            } finally {
                dev.destroy();
                dev.waitFor();
            }
        }
        Ended wrong = StoriesProcess.run("dev", "--port", "0", "--set", "participants.shop.tokenFlie=" + token);
        assertThat(wrong.exit()).as(wrong.err()).isEqualTo(2);
        assertThat(wrong.err()).contains("ENT-070", "participants.shop.tokenFile");
    }

    /** One folder over three runs: a killed coordinator, then all processes killed at once, then an orderly stop. */
    @Test
    void open_transactions_continue_from_the_data_folder_after_a_kill(@TempDir Path folder) throws Exception {
        Path data = folder.resolve("data");
        Process first = StoriesProcess.start("dev", "--port", "0", "--json", "--data", data.toString());
        try (Shop shop = new Shop();
                BufferedReader out = first.inputReader();
                BufferedReader err = first.errorReader()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            try (Entente entente = client(ready)) {
                entente.announce("shop", shop.url()).join();
                buy(entente, "o-1");
                assertThat(outcome(entente, "o-1")).isInstanceOf(Outcome.Succeeded.class);
                shop.isOpen = false;
                buy(entente, "o-2");
                await().until(() -> shop.asked.contains("o-2"));
                coordinator(ready).destroyForcibly();
                assertThat(err.lines().anyMatch(line -> line.contains("is ready again")))
                        .isTrue();
                shop.isOpen = true;
                entente.announce("shop", shop.url()).join();
                assertThat(outcome(entente, "o-2")).isInstanceOf(Outcome.Succeeded.class);

                shop.isOpen = false;
                buy(entente, "o-3");
                await().until(() -> shop.asked.contains("o-3"));
            }
            Ended second = StoriesProcess.run("dev", "--port", "0", "--data", data.toString());
            assertThat(second.exit()).isEqualTo(1);
            assertThat(second.err()).contains("another `dev` runs with --data " + data);

            killAll(first, ready);
            shop.isOpen = true;
            continueWith(data, shop);
            assertThat(shop.sold).containsExactly("o-1", "o-2", "o-3");
        } finally {
            first.destroyForcibly();
        }
        Files.writeString(data.resolve("postgres/PG_VERSION"), "9\n");
        Ended older = StoriesProcess.run("dev", "--port", "0", "--data", data.toString());
        assertThat(older.exit()).isEqualTo(1);
        assertThat(older.err())
                .contains("was created by PostgreSQL 9, and this is PostgreSQL")
                .contains("pg_dump");
    }

    /** Kills all processes of a run and verifies that none is left. */
    private static void killAll(Process dev, JsonObject ready) throws Exception {
        List<ProcessHandle> children = dev.descendants().toList();
        assertThat(children).as("coordinator and child reaper").hasSizeGreaterThan(1);
        dev.destroyForcibly();
        for (ProcessHandle child : children) {
            child.onExit().get();
        }
        int port = URI.create(ready.get("jdbc").getAsString().substring("jdbc:".length()))
                .getPort();
        await("PostgreSQL has ended").until(() -> isFree(port));
    }

    private static void continueWith(Path data, Shop shop) throws Exception {
        Process dev = StoriesProcess.start(
                "dev", "--port", "0", "--json", "--data", data.toString(), "--participant", "shop=" + shop.url());
        try (BufferedReader out = dev.inputReader()) {
            JsonObject ready = JsonParser.parseString(out.readLine()).getAsJsonObject();
            try (Entente entente = client(ready)) {
                assertThat(entente.transactions().get("o-2").getState()).isEqualTo(Transaction.State.SUCCEEDED);
                assertThat(outcome(entente, "o-3")).isInstanceOf(Outcome.Succeeded.class);
                assertThatThrownBy(() -> entente.announce("shop", shop.url()).join())
                        .rootCause()
                        .hasMessageContaining("ENT-063");
            }
            ProcessHandle coordinator = coordinator(ready);
            dev.destroy();
            dev.waitFor();
            coordinator.onExit().get();
        } finally {
            dev.destroyForcibly();
        }
    }

    private static ProcessHandle coordinator(JsonObject ready) {
        return ProcessHandle.of(ready.get("pid").getAsLong()).orElseThrow();
    }

    private static Entente client(JsonObject ready) {
        return Entente.builder(ready.get("grpc").getAsString()).build();
    }

    private static void buy(Entente entente, String order) {
        Saga saga = entente.saga("order").gid(order);
        saga.step("buy", entente.participant("shop").post("/purchases")).nothingToUndo();
        var _ = saga.submit();
    }

    private static Outcome outcome(Entente entente, String order) {
        return entente.transactions().await(order, PatientAwaits.BOUND);
    }

    /** A shop that sells while it is open and otherwise requests a retry. */
    private static final class Shop implements AutoCloseable {
        private final HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        private final List<String> asked = new CopyOnWriteArrayList<>();
        private final List<String> sold = new CopyOnWriteArrayList<>();
        private final List<String> tokens = new CopyOnWriteArrayList<>();
        private volatile boolean isOpen = true;

        Shop() throws IOException {
            server.createContext("/", exchange -> {
                String gid = exchange.getRequestHeaders().getFirst("entente-gid");
                boolean sells = isOpen;
                tokens.addAll(exchange.getRequestHeaders().getOrDefault("authorization", List.of()));
                (sells ? sold : asked).add(gid);
                exchange.sendResponseHeaders(sells ? 200 : 425, -1);
                exchange.close();
            });
            server.start();
        }

        String url() {
            return "http://localhost:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
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
