package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every call to a real server by each kind of principal, for its own, another's and no transaction. The expected
 * responses are in {@code answers.txt}, which was written by hand.
 */
class AnswerMatrixTest {
    private static final Path PAGE = Path.of("src/test/resources/answers.txt");
    /** In the order of the page's columns. The first principal has no token, the second a made-up token. */
    private static final List<String> PRINCIPALS =
            List.of("unknown", "guesser", "shop", "bank", "viewer", "operator", "admin");

    private static final Set<String> STREAMS = Set.of(
            "TransactionService/SubmitTransactions",
            "TransactionService/WatchTransaction",
            "OperatorService/OperateMatching");

    private static final String MADE_UP = "ent_0000000000000000000000000000000000000000000";

    @TempDir
    static Path folder;

    private static Principals principals;
    private static ExampleParticipant participant;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(
                folder, "shop submitter", "bank submitter", "viewer viewer", "operator operator", "admin admin");
        participant = ExampleParticipant.start();
        server = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "participants.any.target", participant.target());
    }

    @AfterAll
    static void stop() {
        server.close();
        participant.close();
    }

    private static String secret(String principal) {
        return principal.equals("guesser") ? MADE_UP : principals.secret(principal);
    }

    /** Returns the page's rows: "CALL of OBJECT" to the responses in the order of the columns. */
    private static Map<String, List<String>> rows() throws IOException {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("| `")) {
                List<String> cells =
                        List.of(line.substring(2, line.length() - 2).split(" \\| ", -1));
                String key = cells.get(0).replace("`", "") + " of " + cells.get(1);
                assertThat(rows.put(key, cells.subList(2, cells.size())))
                        .as(key)
                        .isNull();
                assertThat(cells).as(key).hasSize(2 + PRINCIPALS.size());
            }
        }
        return rows;
    }

    @Test
    void each_principal_gets_the_documented_response_over_grpc() throws IOException {
        assertAnswers(server, _ -> true);
    }

    @Test
    void each_principal_gets_the_documented_response_over_http() throws IOException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String url = "http://" + server.server.ready().http();
            assertAnswers(
                    new Client(new JsonChannel(new JsonClient(url, http))),
                    call -> !call.startsWith("grpc.") && !STREAMS.contains(call));
        }
    }

    private static void assertAnswers(Client client, Predicate<String> isAsked) throws IOException {
        AskedCalls calls = new AskedCalls(client, AnswerMatrixTest::secret);
        Map<String, String> wrong = new LinkedHashMap<>();
        rows().forEach((key, wanted) -> {
            String call = key.substring(0, key.indexOf(" of "));
            if (key.startsWith("/") || !isAsked.test(call)) {
                return;
            }
            String object = key.substring(key.indexOf(" of ") + 4);
            List<String> answers = new ArrayList<>();
            PRINCIPALS.forEach(principal -> answers.add(calls.answer(call, object, principal)));
            if (!answers.equals(wanted)) {
                wrong.put("| `" + call + "` | " + object + " | ", String.join(" | ", answers) + " |");
            }
        });
        assertThat(wrong.entrySet().stream()
                        .map(entry -> entry.getKey() + entry.getValue())
                        .collect(Collectors.joining("\n")))
                .isEmpty();
    }

    @Test
    void every_offered_call_has_its_rows() throws Exception {
        Set<String> offered = new TreeSet<>(new AskedCalls(server, AnswerMatrixTest::secret).offered("admin"));
        assertThat(offered).hasSizeGreaterThan(25);
        Set<String> reported = rows().keySet().stream()
                .filter(key -> !key.startsWith("/"))
                .map(key -> key.substring(0, key.indexOf(" of ")))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(reported).isEqualTo(offered);
    }

    /** The probes and metrics of the HTTP port require no token; the console requires a session. */
    @Test
    void paths_of_the_http_port_get_the_documented_responses() throws Exception {
        Map<String, List<String>> paths = new LinkedHashMap<>(rows());
        paths.keySet().removeIf(key -> !key.startsWith("/"));
        assertThat(paths).hasSizeGreaterThan(3);
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (Map.Entry<String, List<String>> row : paths.entrySet()) {
                String path = row.getKey().substring(0, row.getKey().indexOf(" of "));
                List<String> answers = new ArrayList<>();
                for (String principal : PRINCIPALS) {
                    HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://" + server.server.ready().http() + path));
                    if (!principal.equals("unknown")) {
                        request.header("authorization", "Bearer " + secret(principal));
                    }
                    answers.add(Integer.toString(client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode()));
                }
                assertThat(answers).as(path).isEqualTo(row.getValue());
            }
        }
    }
}
