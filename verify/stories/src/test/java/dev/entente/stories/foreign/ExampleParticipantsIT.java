package dev.entente.stories.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.PatientAwaits;
import dev.entente.participant.CallSignature;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Wait;
import dev.entente.stories.CommandRun;
import dev.entente.stories.DebianPackages;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Verifies the participants and callers under {@code examples/participants}, and the SDK, against the documents. */
final class ExampleParticipantsIT {
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String WELL_FORMED = "{\"account\": \"alice\", \"cents\": 1}";
    private static final Path HOME =
            ServerJar.find().resolve("../../..").normalize().toAbsolutePath();

    private static Playground playground;
    private static BarrierVectors vectors;

    @BeforeAll
    static void open() throws Exception {
        playground = Playground.open();
        vectors = BarrierVectors.read(HOME.resolve("docs/barrier-vectors.json"));
    }

    @AfterAll
    static void close() {
        playground.close();
    }

    @Test
    void the_sdks_barrier_answers_every_vector_as_published() throws Exception {
        playground.database().create("sdk");
        DataSource database = playground.database().ask("sdk").dataSource();
        SdkWallet wallet = new SdkWallet(database);
        try (Connection connection = database.getConnection()) {
            vectors.verify(wallet, connection);
        }
    }

    @Test
    void the_sdk_accepts_and_refuses_every_signature_as_published() {
        assertThat(vectors.signatures()).hasSizeGreaterThan(20);
        for (JsonObject vector : vectors.signatures()) {
            JsonObject headers = vector.getAsJsonObject("headers");
            boolean holds = CallSignature.of(text(vector, "key"))
                    .holds(
                            text(vector, "method"),
                            text(vector, "authority"),
                            text(vector, "path"),
                            name -> headers.has(name) ? text(headers, name) : null,
                            text(vector, "body").getBytes(StandardCharsets.UTF_8),
                            Instant.ofEpochSecond(vector.get("now").getAsLong()));
            assertThat(holds)
                    .as(text(vector, "name"))
                    .isEqualTo(vector.get("holds").getAsBoolean());
        }
    }

    private static String text(JsonObject from, String field) {
        return from.get(field).getAsString();
    }

    @Test
    void the_python_example_passes_the_contract_check_and_every_vector() throws Exception {
        assertPromises(Language.PYTHON);
    }

    @Test
    void a_python_caller_executes_its_saga_once_over_signed_calls() throws Exception {
        assertDoneOnce(Language.PYTHON);
    }

    /** The libraries come from npm's registry. */
    @Tag("deep")
    @Tag("languages")
    @Test
    void the_node_example_passes_the_contract_check_and_every_vector() throws Exception {
        assertPromises(Language.NODE);
    }

    @Tag("deep")
    @Tag("languages")
    @Test
    void a_node_caller_executes_its_saga_once_over_signed_calls() throws Exception {
        assertDoneOnce(Language.NODE);
    }

    /** Uses the client of Connect. */
    @Tag("deep")
    @Tag("languages")
    @Test
    void a_node_json_caller_receives_the_error_code_and_completes_its_saga() throws Exception {
        Path built = built(Language.NODE);
        playground.database().create("json_node");
        try (Participant participant = participant(Language.NODE, built, "json_node", Map.of());
                RigCoordinator coordinator = playground.startCoordinator(
                        "node-json", 0, 0, Map.of("wallet-http", participant.http()), Map.of())) {
            List<String> order = List.of("http://" + coordinator.ready().http(), "order-json", "100");
            for (String before : List.of("ENT-030", "SUCCEEDED")) {
                assertThat(start(Language.NODE, "connect", built, Map.of(), order)
                                .awaitFirstLine(PatientAwaits.BOUND))
                        .isEqualTo(before + " SUCCEEDED");
            }
            assertThat(balance("json_node")).isEqualTo(900);
        }
    }

    private static void assertPromises(Language language) throws Exception {
        Path built = built(language);
        run(
                language,
                "vectors",
                built,
                List.of(HOME.resolve("docs/barrier-vectors.json").toString()));
        String database = "bare_" + language.folder();
        playground.database().create(database);
        try (Participant participant = participant(language, built, database, Map.of());
                Connection connection = playground.database().connect(database);
                HttpClient client = HttpClient.newHttpClient()) {
            assertMalformedCallsRefused(participant.http());
            assertThat(balance(database)).isEqualTo(1000);
            vectors.verify(new HttpWallet(client, participant.http()), connection);
            assertThat(check(participant.grpc(), database))
                    .describedAs("nine promises of a saga's step, eleven of a branch of a TCC")
                    .hasSize(20)
                    .allMatch(finding -> finding.endsWith("HOLDS"));
        }
    }

    private static void assertDoneOnce(Language language) throws Exception {
        Path built = built(language);
        String database = "signed_" + language.folder();
        playground.database().create(database);
        Path key = Files.writeString(playground.folder().resolve("key-" + language.folder()), KEY + "\n");
        int port = LoopbackPorts.next();
        List<String> order = List.of("127.0.0.1:" + port, "order-" + language, "100");
        try (Participant participant =
                        participant(language, built, database, Map.of("WALLET_KEY_FILE", key.toString()));
                ChildProcess early = start(language, "caller", built, Map.of(), order)) {
            assertThat(status(participant.http(), WELL_FORMED, Map.of())).isEqualTo(401);
            Wait.until("a caller that asks again", () -> early.hasSaid("asking again"));
            Map<String, String> options = new HashMap<>();
            for (String name : List.of("wallet", "wallet-http")) {
                options.put("participants." + name + ".signingKeyFile", key.toString());
            }
            Map<String, String> targets = Map.of("wallet", participant.grpc(), "wallet-http", participant.http());
            try (RigCoordinator _ =
                    playground.startCoordinator("node-" + language.folder(), port, 0, targets, options)) {
                assertThat(early.awaitFirstLine(PatientAwaits.BOUND)).isEqualTo("SUCCEEDED");
                assertThat(balance(database)).isEqualTo(800);
                assertThat(call(language, built, port, "order-" + language, "100"))
                        .isEqualTo("SUCCEEDED");
                assertThat(balance(database)).describedAs("the same gid again").isEqualTo(800);
                assertThat(call(language, built, port, "dear-" + language, "500"))
                        .isEqualTo("ABORTED");
                assertThat(balance(database))
                        .describedAs("the first debit is undone")
                        .isEqualTo(800);
            }
        }
    }

    private static Path built(Language language) throws Exception {
        DebianPackages.require(language.packages(), language.probe());
        Path built = playground.folder().resolve("built-" + language.folder());
        if (Files.notExists(built)) {
            run(language, "build.sh", built, List.of(built.toString()));
        }
        return built;
    }

    /** Runs a program of the example and expects exit code 0. */
    private static void run(Language language, String program, Path built, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(language.command(folder(language), program));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(language.environment(built));
        Ended run = Ended.run(builder);
        assertThat(run.exit()).describedAs("%s: %s", command, run.output()).isZero();
    }

    private static Path folder(Language language) {
        return HOME.resolve("examples/participants").resolve(language.folder());
    }

    private static ChildProcess start(
            Language language, String program, Path built, Map<String, String> environment, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(language.command(folder(language), program));
        command.addAll(arguments);
        Map<String, String> all = new HashMap<>(language.environment(built));
        all.putAll(environment);
        Path log = Files.createTempFile(playground.folder(), program + "-", ".log");
        return ChildProcess.start(program + " " + language, command, all, log);
    }

    private static String call(Language language, Path built, int port, String gid, String cents) throws Exception {
        return start(language, "caller", built, Map.of(), List.of("127.0.0.1:" + port, gid, cents))
                .awaitFirstLine(PatientAwaits.BOUND);
    }

    private record Participant(ChildProcess process, String grpc, String http) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    private static Participant participant(Language language, Path built, String database, Map<String, String> settings)
            throws Exception {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put(
                "WALLET_DATABASE",
                "postgresql://postgres@127.0.0.1:" + playground.database().port() + "/" + database
                        + "?sslmode=disable");
        ChildProcess process = start(language, "participant", built, environment, List.of());
        JsonObject ready = JsonParser.parseString(process.awaitFirstLine(PatientAwaits.BOUND))
                .getAsJsonObject();
        return new Participant(process, text(ready, "grpc"), text(ready, "http"));
    }

    /** Sends an unsigned debit over HTTP with further headers and returns the status. */
    private static int status(String target, String body, Map<String, String> headers) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target + "/debit"))
                    .header("entente-gid", "stranger")
                    .header("entente-branch", "first")
                    .header("entente-op", "action")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
            headers.forEach(request::setHeader);
            return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    /**
     * Verifies that malformed calls get status 400 or 413. A retry could not succeed, so the participant neither
     * returns 5xx nor closes the connection.
     */
    private static void assertMalformedCallsRefused(String target) throws Exception {
        for (String cents :
                List.of("-1", "0", "1000000000001", "9223372036854775808", "1e999", "1.5", "true", "null")) {
            assertThat(status(target, WELL_FORMED.replace("1}", cents + "}"), Map.of()))
                    .as(cents)
                    .isEqualTo(400);
        }
        for (String body : List.of(
                "", "[]", "{}", "7", "{\"account\": 7, \"cents\": 1}", "{\"account\": \"\\u0000\", \"cents\": 1}")) {
            assertThat(status(target, body, Map.of())).as(body).isEqualTo(400);
        }
        Map<String, String> wrong = Map.of(
                "entente-op",
                "check",
                "entente-fence",
                "9223372036854775808",
                "entente-fence-base",
                "40000",
                "entente-created",
                "2026-11-20T09:30:00");
        for (Map.Entry<String, String> header : wrong.entrySet()) {
            assertThat(status(target, WELL_FORMED, Map.of(header.getKey(), header.getValue())))
                    .as(header.getKey())
                    .isEqualTo(400);
        }
        assertThat(announced(URI.create(target), "70000")).contains(" 413 ");
        assertThat(announced(URI.create(target), "-1")).contains(" 413 ");
    }

    /** Announces a body of this length, sends no body, and returns the first line of the response. */
    private static String announced(URI target, String length) throws IOException {
        try (Socket socket = new Socket(target.getHost(), target.getPort())) {
            String head = "POST /debit HTTP/1.1\r\nhost: wallet\r\ncontent-length: " + length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.lines().findFirst().orElse("");
        }
    }

    private static long balance(String database) throws SQLException {
        return playground.database().ask(database).number("select balance from wallet where account = 'alice'");
    }

    /** Returns the findings of {@code entente participant check}, one text per guarantee. */
    private static List<String> check(String target, String database) throws Exception {
        List<String> findings = new ArrayList<>();
        findings.addAll(check(target, database, """
            {"name": "check", "saga": {"steps": [{"id": "pay",
              "action": {"grpc": "wallet/wallet.v1.WalletService/Debit", "raw": "CgVhbGljZRAK"},
              "compensate": {"grpc": "wallet/wallet.v1.WalletService/Refund", "raw": "CgVhbGljZRAK"}}]}}
            """));
        findings.addAll(check(target, database, """
            {"name": "check", "tcc": {"branches": [{"id": "pay",
              "try": {"grpc": "wallet/wallet.v1.WalletService/Hold", "raw": "CgVhbGljZRAK"},
              "confirm": {"grpc": "wallet/wallet.v1.WalletService/Capture", "raw": "CgVhbGljZRAK"},
              "cancel": {"grpc": "wallet/wallet.v1.WalletService/Release", "raw": "CgVhbGljZRAK"}}]}}
            """));
        return findings;
    }

    private static List<String> check(String target, String database, String plan) throws Exception {
        Path file = Files.createTempFile(playground.folder(), "plan", ".json");
        Files.writeString(file, plan);
        CommandRun check = CommandRun.of(
                "participant",
                "check",
                "--plan",
                file.toString(),
                "--participant",
                "wallet=" + target,
                "--jdbc",
                playground.database().url(database),
                "--query",
                "select balance, held from wallet where account = 'alice'",
                "-o",
                "json");
        assertThat(check.exit()).describedAs(check.output()).isZero();
        return JsonParser.parseString(check.output()).getAsJsonObject().getAsJsonArray("findings").asList().stream()
                .map(finding -> text(finding.getAsJsonObject(), "guarantee") + " "
                        + text(finding.getAsJsonObject(), "detail") + " " + text(finding.getAsJsonObject(), "verdict"))
                .toList();
    }
}
