package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import com.google.protobuf.util.JsonFormat;
import dev.entente.server.app.JsonClient.Answer;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON over HTTP and gRPC at two coordinators on one database. Verifies equal roles, audit rows and forwarding. */
final class JsonOverHttpTest {
    private static final String SUBMIT = "TransactionService/SubmitTransaction";
    private static final String GET = "TransactionService/GetTransaction";
    private static final String RETRY = "OperatorService/RetryTransaction";

    @TempDir
    static Path folder;

    private static Principals principals;
    private static TwoCoordinators both;
    private static HttpClient http;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(folder, "shop submitter", "eye viewer", "alice operator");
        both = new TwoCoordinators(principals, principals);
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        http.close();
        both.close();
    }

    private static Answer asked(LocalCoordinator at, String principal, String method, String json, String... headers)
            throws Exception {
        String[] all = new String[headers.length + 2];
        all[0] = "authorization";
        all[1] = "Bearer " + principals.secret(principal);
        System.arraycopy(headers, 0, all, 2, headers.length);
        return new JsonClient("http://" + at.server.ready().http(), http).call(method, json, all);
    }

    private static Answer asked(String principal, String method, String json, String... headers) throws Exception {
        return asked(both.first, principal, method, json, headers);
    }

    private static String plan(String gid, String method) throws Exception {
        return JsonFormat.printer()
                .print(SamplePlans.request(
                        SamplePlans.oneStep(gid, SamplePlans.call("stock/example.v1.Example/" + method))));
    }

    private static void submit(String gid, String method) throws Exception {
        assertThat(asked("shop", SUBMIT, plan(gid, method)).status()).isEqualTo(200);
    }

    private static void parked(String gid) throws Exception {
        submit(gid, "Nothing");
        await().until(() -> principals.at(both.first, "shop").get(gid).hasParked());
    }

    private static Transaction transaction(Answer answer) {
        return SamplePlans.merged(answer.json().toString(), Transaction.newBuilder())
                .build();
    }

    private static Transaction timeless(Transaction transaction) {
        return transaction.toBuilder().clearCreateTime().clearFinishTime().build();
    }

    @Test
    void a_transaction_submitted_as_json_is_equal_over_grpc() throws Exception {
        submit("both-doors", "Do");
        Answer ended = asked("shop", GET, "{\"gid\":\"both-doors\",\"wait\":\"60s\"}");
        assertThat(ended.text("state")).isEqualTo("SUCCEEDED");
        assertThat(ended.json().getAsJsonPrimitive("revision").isString()).isTrue();
        assertThat(ended.http().headers().allValues("content-type")).containsExactly("application/json");
        // A response from memory contains the coordinator's estimate of the database's times.
        assertThat(timeless(transaction(ended)))
                .isEqualTo(timeless(principals.at(both.first, "shop").get("both-doors")));
        assertThat(both.first.metrics())
                .contains("entente_http_requests_total{code=\"200\",path=\"calls\"}")
                .containsPattern("method=\"entente.v1.TransactionService/SubmitTransaction\"");
    }

    @Test
    void roles_are_checked_as_over_grpc() throws Exception {
        parked("roles");
        assertThat(asked("eye", GET, "{\"gid\":\"roles\"}").text("gid")).isEqualTo("roles");
        Answer refused = asked("eye", RETRY, "{\"gid\":\"roles\",\"reason\":\"to see\"}");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text("code")).isEqualTo("permission_denied");
        assertThat(refused.reason()).isEqualTo("ENT-061");
        assertThatThrownBy(() -> principals.at(both.first, "eye").retry("roles"))
                .hasMessageEndingWith(refused.text("message"));
        await().untilAsserted(() -> assertThat(both.first.number("select count(*) from audit_entry where actor = 'eye'"
                        + " and gid = 'roles' and reason = 'to see' and after like 'REFUSED ENT-061: %'"))
                .isOne());

        JsonClient anonymous =
                new JsonClient("http://" + both.first.server.ready().http(), http);
        for (Answer unknown : new Answer[] {
            anonymous.call(GET, "{\"gid\":\"roles\"}"),
            anonymous.call(GET, "no JSON, but who says so is not known", "authorization", "Bearer ent_0"),
            anonymous.call(GET, "{}", "entente-peer", "made up", "entente-http-client", "127.0.0.9")
        }) {
            assertThat(unknown.status()).isEqualTo(401);
            assertThat(unknown.text("code")).isEqualTo("unauthenticated");
            assertThat(unknown.reason()).isEqualTo("ENT-060");
            assertThat(unknown.http().headers().allValues("www-authenticate")).containsExactly("Bearer");
        }
    }

    @Test
    void the_audit_names_the_same_actor_address_and_request() throws Exception {
        parked("audited-json");
        parked("audited-grpc");
        String act = "{\"gid\":\"audited-json\",\"reason\":\"to see it in the audit\"}";
        assertThat(asked("alice", RETRY, act, "entente-request-id", "ticket-1").status())
                .isEqualTo(200);
        principals
                .at(both.first, "alice")
                .with("entente-request-id", "ticket-1")
                .retry("audited-grpc");
        String same = "select count(distinct (actor, operation, reason, peer, request_id)) from audit_entry where"
                + " operation = 'retry' and actor = 'alice' and peer = '127.0.0.1' and request_id = 'ticket-1' and gid";
        assertThat(both.first.number(same + " = 'audited-json'")).isEqualTo(1);
        assertThat(both.first.number(same + " in ('audited-json', 'audited-grpc')"))
                .isEqualTo(1);
    }

    @Test
    void a_coordinator_answers_for_a_transaction_of_another_coordinator() throws Exception {
        submit("held-by-first", "Hang");
        Answer seen = asked(both.second, "shop", GET, "{\"gid\":\"held-by-first\"}");
        assertThat(seen.text("state")).isEqualTo("RUNNING");
        Answer parked = asked(
                both.second,
                "alice",
                "OperatorService/ParkTransaction",
                "{\"gid\":\"held-by-first\",\"reason\":\"x\"}");
        assertThat(transaction(parked).hasParked()).isTrue();
        Answer moved = asked(
                both.second,
                "alice",
                RETRY,
                "{\"gid\":\"held-by-first\",\"reason\":\"x\",\"ifRevision\":\"9007199254740993\"}");
        assertThat(moved.status()).isEqualTo(409);
        assertThat(moved.text("code")).isEqualTo("aborted");
        assertThat(moved.reason()).describedAs("the owner's own words").isEqualTo("ENT-044");
    }

    @Test
    void the_documented_request_gets_the_documented_response() throws Exception {
        Matcher page = Pattern.compile(
                        "curl -H '([^:]+): ([^']+)' -d '([^']+)' \\\\\\s+http://localhost:7789(/\\S+)\\n"
                                + "```\\n"
                                + ".*?```json\\n"
                                + "(.*?)```",
                        Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../docs/cli.md")));
        assertThat(page.find()).isTrue();
        try (LocalCoordinator open = LocalCoordinator.start()) {
            URI uri = URI.create(
                    "http://localhost:" + open.server.ready().http().replaceFirst(".*:", "") + page.group(4));
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .header(page.group(1), page.group(2))
                    .POST(HttpRequest.BodyPublishers.ofString(page.group(3)))
                    .build();
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(JsonParser.parseString(answer.body())).isEqualTo(JsonParser.parseString(page.group(5)));
        }
    }

    @Test
    void a_coordinator_without_the_http_api_answers_not_found() throws Exception {
        try (LocalCoordinator off = LocalCoordinator.start("http.api", "off")) {
            assertThat(new JsonClient("http://" + off.server.ready().http(), http)
                            .send(GET, "{}")
                            .body())
                    .isEqualTo("not found\n");
        }
    }
}
