package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonParser;
import dev.entente.server.cli.Cli;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.participant.http.LoopbackHttp.Arrived;
import dev.entente.v1.Parked;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Transactions whose branches are called over HTTP, through the real engine and a real PostgreSQL. */
class HttpSagaTest {
    private static final Map<String, Integer> FIRST_TRIES = new ConcurrentHashMap<>();

    private static final String NUMBERS =
            "{\"price\":39.90,\"sum\":100000.0,\"e\":1e2,\"zero\":-0.0,\"id\":12345678901234567890,\"list\":[1,1.0]}";

    private static LoopbackHttp shop;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(HttpSagaTest::serve);
        server = LocalCoordinator.start(
                "participants.shop.target",
                shop.url() + "/api",
                "participants.shop.headers",
                "X-Shop, x-region",
                "participants.other.target",
                "127.0.0.1:9");
    }

    @AfterAll
    static void stop() {
        server.close();
        shop.close();
    }

    /** Answers the first payment of each transaction with 503, and rejects a shipment to {@code nowhere}. */
    private static Answer serve(Arrived call) {
        if (call.path().equals("/api/payments")) {
            return FIRST_TRIES.merge(call.header("entente-gid"), 1, Integer::sum) == 1
                    ? Answer.of(503, "")
                    : Answer.of(201, "{\"payment\":{\"id\":\"p-77\",\"cents\":1999}}");
        }
        if (call.path().equals("/api/numbers")) {
            return Answer.of(200, NUMBERS);
        }
        return call.path().equals("/api/shipments") && call.body().contains("nowhere")
                ? Answer.of(409, "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"NO_SUCH_PLACE\"}}")
                : Answer.of(200, "{\"ok\":true}");
    }

    private static List<Arrived> arrived(String gid) {
        return shop.arrived().stream()
                .filter(call -> call.header("entente-gid").equals(gid))
                .toList();
    }

    private static String saga(String gid, String place) {
        return """
            {"gid": "%s", "name": "checkout", "result_branch": "pay",
             "defaults": {"first_backoff": "0.010s", "max_backoff": "0.020s"},
             "saga": {"steps": [
              {"id": "pay",
               "action": {"http": {"participant": "shop", "path": "/payments", "headers": {"x-shop": "north"}},
                          "json": {"cents": 1999, "account": "alice"}},
               "compensate": {"http": {"participant": "shop", "method": "PUT", "path": "/refunds"},
                              "json": {"why": "saga"},
                              "bind": [{"from": "pay", "from_path": "/payment/id", "to_path": "/payment"}]}},
              {"id": "ship", "no_undo": true,
               "action": {"http": {"participant": "shop", "path": "/shipments"}, "json": {"place": "%s"},
                          "bind": [{"from": "pay", "from_path": "/payment", "to_path": "/paid/by",
                                    "required": true}]}}]}}
            """.formatted(gid, place);
    }

    private static Transaction submit(String plan) {
        SubmitTransactionRequest waiting = SamplePlans.waiting(SamplePlans.json(plan)).toBuilder()
                .setRenderJson(true)
                .build();
        return server.transactions().submitTransaction(waiting).getTransaction();
    }

    @Test
    void a_saga_over_http_succeeds_and_its_result_is_json() {
        Transaction done = submit(saga("http-good", "berlin"));

        assertThat(done.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(done.getResult()
                        .getJson()
                        .getStructValue()
                        .getFieldsOrThrow("payment")
                        .getStructValue()
                        .getFieldsOrThrow("id")
                        .getStringValue())
                .isEqualTo("p-77");
        List<Arrived> calls = arrived("http-good");
        assertThat(calls).extracting(Arrived::path).containsExactly("/api/payments", "/api/payments", "/api/shipments");
        assertThat(calls.getFirst().body()).isEqualTo("{\"account\":\"alice\",\"cents\":1999}");
        assertThat(calls.get(1).header("entente-attempt")).isEqualTo("2");
        assertThat(JsonParser.parseString(calls.getLast().body()))
                .isEqualTo(JsonParser.parseString(
                        "{\"place\":\"berlin\",\"paid\":{\"by\":{\"id\":\"p-77\",\"cents\":1999}}}"));
    }

    /** Submits a saga whose second step binds values from the response of the first step into its body. */
    private static Transaction submitBound(String gid, String body, String binds) {
        return submit("""
            {"gid": "%s", "name": "bound", "saga": {"steps": [
              {"id": "pay", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/payments"}},
               "retriable": true},
              {"id": "ship", "no_undo": true, "retriable": true,
               "action": {"http": {"participant": "shop", "path": "/shipments"}, "json": %s, "bind": [%s]}}]}}
            """.formatted(gid, body, binds));
    }

    @Test
    void a_pointer_to_the_end_of_an_absent_list_creates_the_list() {
        String bind = "{'from': 'pay', 'from_path': '/payment/id', 'to_path': '/payments/-'}".replace('\'', '"');
        submitBound("http-list", "{}", bind);
        submitBound("http-null", "{\"payments\": null}", bind);

        assertThat(List.of(arrived("http-list").getLast(), arrived("http-null").getLast()))
                .extracting(Arrived::body)
                .containsExactly("{\"payments\":[\"p-77\"]}", "{\"payments\":[\"p-77\"]}");
        assertThatThrownBy(() -> submitBound("http-text", "{\"payments\": \"p-1\"}", bind))
                .hasMessageContaining("ENT-019")
                .hasMessageContaining("'/payments/-' does not fit: '/payments' is a string");
    }

    @Test
    void a_binding_that_does_not_fit_an_earlier_bound_value_parks_the_transaction() {
        Transaction parked = submitBound("http-misfit", "{}", """
            {"from": "pay", "from_path": "/payment/cents", "to_path": "/paid"},
            {"from": "pay", "from_path": "/payment/id", "to_path": "/paid/id"}
            """);

        assertThat(parked.getParked().getReason()).isEqualTo(Parked.Reason.BINDING_ABSENT);
        assertThat(Cli.at(server.target(), "tx describe http-misfit").out())
                .startsWith("http-misfit PARKED while going forward; BINDING_ABSENT: ship: '/paid/id' does not fit: ")
                .contains(" PARKED BINDING_ABSENT: ship: '/paid/id' does not fit: '/paid' is a number")
                .contains(" for an operator, parked as BINDING_ABSENT: ship: '/paid/id' does not fit: ");
        assertThat(arrived("http-misfit")).noneMatch(call -> call.path().equals("/api/shipments"));
    }

    @Test
    void a_result_shows_numbers_exactly_as_the_participant_wrote_them() throws Exception {
        submit("""
            {"gid": "http-numbers", "name": "numbers", "result_branch": "a", "saga": {"steps": [
              {"id": "a", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/numbers"}}}]}}
            """);

        String grpc = server.target();
        assertThat(Cli.at(grpc, "tx describe http-numbers").out()).contains("result " + NUMBERS);
        assertThat(Cli.at(grpc, "tx describe http-numbers -o json").out()).contains("\"json\":" + NUMBERS);
        try (HttpClient http = HttpClient.newHttpClient()) {
            JsonClient client = new JsonClient("http://" + server.server.ready().http(), http);
            String request = "{\"gid\":\"http-numbers\",\"view\":\"FULL\",\"renderJson\":true}";
            String full =
                    client.send("TransactionService/GetTransaction", request).body();
            assertThat(full).contains("\"json\":" + NUMBERS);
        }
    }

    @Test
    void a_rejection_over_http_compensates_the_completed_steps() {
        Transaction aborted = submit(saga("http-bad", "nowhere"));

        assertThat(aborted.getState()).isEqualTo(Transaction.State.ABORTED);
        Arrived refund = arrived("http-bad").getLast();
        assertThat(refund.path()).isEqualTo("/api/refunds");
        assertThat(refund.method()).isEqualTo("PUT");
        assertThat(refund.header("entente-op")).isEqualTo("compensate");
        assertThat(JsonParser.parseString(refund.body()))
                .isEqualTo(JsonParser.parseString("{\"why\":\"saga\",\"payment\":\"p-77\"}"));
        assertThat(server.described("http-bad").getBranches(0).getTarget()).isEqualTo("PUT shop/refunds");
        var shown = server.described("http-bad").getPlan().getSaga().getSteps(0);
        assertThat(shown.getAction().getHttp().getPath()).isEqualTo("/payments");
        assertThat(shown.getCompensate().getHttp().getMethod()).isEqualTo("PUT");
        assertThat(shown.getCompensate().getBind(0).getFromPath()).isEqualTo("/payment/id");
        String grpc = server.target();
        assertThat(Cli.at(grpc, "tx describe http-bad").out()).contains("PUT shop/refunds", "POST shop/shipments");
        assertThat(Cli.at(grpc, "tx replay http-bad").exit()).isZero();
    }

    @Test
    void a_tcc_over_http_confirms() {
        String call = "{\"http\": {\"participant\": \"shop\", \"path\": \"/%s\"}}";
        Transaction done =
                submit("""
                    {"gid": "http-tcc", "name": "transfer", "tcc": {"branches": [
                      {"id": "debit", "try": %s, "confirm": %s, "cancel": %s}]}}
                    """.formatted(call.formatted("try"), call.formatted("confirm"), call.formatted("cancel")));

        assertThat(done.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(arrived("http-tcc")).extracting(Arrived::path).containsExactly("/api/try", "/api/confirm");
    }

    @Test
    void a_refused_plan_lists_all_invalid_calls_and_bindings() {
        String plan = """
            {"gid": "http-odd", "name": "odd", "saga": {"steps": [
              {"id": "a", "no_undo": true, "action": {"http":
                {"participant": "shop", "method": "TRACE", "path": "/../x"}}},
              {"id": "b", "no_undo": true, "action": {"http":
                {"participant": "shop", "path": "/b", "headers": {"Authorization": "x"}}}},
              {"id": "c", "no_undo": true, "action": {"http": {"participant": "other", "path": "/c"}}},
              {"id": "d", "no_undo": true, "action": {"http": {"participant": "10.0.0.1:80", "path": "/d"}}},
              {"id": "e", "no_undo": true, "action": {"grpc": "other/a.B/C",
                                                      "bind": [{"from": "a", "from_path": "/x", "to_path": "1"}]}},
              {"id": "f", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/f"},
                                                      "bind": [{"from": "a", "from_path": "3.1", "to_path": "/y"}]}}]}}
            """;
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> submit(plan));
        assertThat(String.valueOf(StatusProto.fromThrowable(refused)))
                .contains(
                        "TRACE",
                        "/../x",
                        "is not a valid path",
                        "a plan must not set",
                        "is called over gRPC",
                        "is not on the allow-list",
                        "a binding cannot convert between the two",
                        "is not a valid path; write a JSON pointer");
        assertThat(shop.arrived()).noneMatch(call -> call.header("entente-gid").equals("http-odd"));
    }

    @Test
    void a_header_that_is_not_configured_or_is_reserved_is_refused() {
        for (String header : List.of("X-Api-Key", "X-HTTP-Method-Override", "x-user")) {
            String plan = saga("http-header", "berlin").replace("x-shop", header);
            assertThatThrownBy(() -> submit(plan))
                    .hasMessageContaining("ENT-001")
                    .hasMessageContaining("action.http.headers")
                    .hasMessageContaining("participant 'shop' does not accept the header '" + header + "' from a plan")
                    .hasMessageContaining("participants.shop.headers");
        }
        for (String header : List.of("X-Forwarded-For", "Forwarded", "Cookie", "TraceParent", "Proxy-Connection")) {
            String plan = saga("http-header", "berlin").replace("x-shop", header);
            assertThatThrownBy(() -> submit(plan))
                    .hasMessageContaining("a plan must not set '" + header + "'")
                    .hasMessageNotContaining("participants.shop.headers");
        }
        assertThat(arrived("http-header")).isEmpty();
    }

    @Test
    void a_dotted_binding_path_over_http_is_refused_with_a_hint_to_json_pointers() {
        String plan = saga("http-names", "berlin").replace("\"/payment/id\"", "\"payment.id\"");
        assertThatThrownBy(() -> submit(plan))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("ENT-019")
                .hasMessageContaining("JSON pointer");
    }
}
