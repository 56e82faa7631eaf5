package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.backends.LoopbackPorts;
import dev.entente.core.decision.NoProgressLimits;
import dev.entente.participant.CallSignature;
import dev.entente.server.api.ApiServer;
import dev.entente.server.cli.Cli;
import dev.entente.server.cli.ExitCode;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.participant.http.LoopbackHttp.Arrived;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Notifications over HTTP through the command line, a real engine and a real PostgreSQL. */
class NotificationsTest {
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final Map<String, Integer> SEEN = new ConcurrentHashMap<>();

    @TempDir
    private static Path folder;

    private static LoopbackHttp receiver;
    private static LocalCoordinator server;
    private static String target;
    private static int latePort;

    @BeforeAll
    static void start() throws IOException {
        receiver = LoopbackHttp.start(NotificationsTest::serve);
        latePort = LoopbackPorts.next();
        server = LocalCoordinator.start(
                "participants.crm.target",
                receiver.url(),
                "participants.crm.headers",
                "x-shop",
                "participants.crm.signingKeyFile",
                Files.writeString(folder.resolve("key"), KEY + "\n").toString(),
                "participants.late.target",
                "http://127.0.0.1:" + latePort);
        target = server.target();
    }

    @AfterAll
    static void stop() {
        server.close();
        receiver.close();
    }

    private static Answer serve(Arrived call) {
        int times = SEEN.merge(call.header("entente-gid"), 1, Integer::sum);
        return switch (call.path()) {
            case "/flaky" -> times < 3 ? Answer.of(500, "") : Answer.of(204, "");
            case "/early" -> times < 3 ? Answer.of(404, "default backend") : Answer.of(200, "{}");
            case "/gone" -> Answer.of(410, "");
            case "/missing" -> Answer.of(404, "no such hook");
            case "/account" -> Answer.of(200, "{\"id\":\"a-77\"}");
            case "/later" -> new Answer(202, Map.of("retry-after", "60"), "");
            default -> Answer.of(200, "");
        };
    }

    private static List<Arrived> arrived(String gid) {
        return receiver.arrived().stream()
                .filter(call -> call.header("entente-gid").equals(gid))
                .toList();
    }

    private static JsonObject submit(String gid, String path) {
        String plan = """
            {"gid": "%s", "name": "order-paid", "labels": {"customer": "alice"}, "notification": {"deliver": {
             "http": {"participant": "crm", "path": "%s", "headers": {"x-shop": "demo"}}, "json": {"order": "4711"},
             "policy": {"schedule": ["0.010s", "0.020s"]}}}}
            """.formatted(gid, path);
        return Cli.fed(plan, "tx", "submit", "-f", "-", "--wait", "5m", "--target", target, "-o", "json")
                .json();
    }

    private static JsonObject run(String plan) {
        return Cli.fed(plan, "tx", "submit", "-f", "-", "--wait", "5m", "--target", target, "-o", "json")
                .json();
    }

    private static Cli resend(String gid) {
        return Cli.run("tx", "resend", gid, "--reason", "they are back", "--target", target, "-o", "json");
    }

    private static JsonObject awaited(String gid) {
        return Cli.at(target, "tx describe " + gid + " --wait 5m -o json").json();
    }

    private static String text(JsonObject object, String member) {
        return object.get(member).getAsString();
    }

    @Test
    void a_step_that_gets_a_404_is_retried_without_parking() {
        String plan = """
            {"gid": "s-early", "name": "order", "saga": {"steps": [{"id": "tell", "no_undo": true, "action": {
             "http": {"participant": "crm", "path": "/early"}, "json": {}, "policy": {"schedule": ["0.010s"]}}}]}}
            """;
        assertThat(text(run(plan), "state")).isEqualTo("SUCCEEDED");
        assertThat(arrived("s-early")).hasSize(3);
        assertThat(Cli.at(target, "tx describe s-early").out())
                .contains("HTTP 404")
                .doesNotContain("PARKED");
    }

    @Test
    void a_notification_is_retried_until_the_receiver_acknowledges_it() {
        assertThat(text(submit("n-flaky", "/flaky"), "state")).isEqualTo("SUCCEEDED");
        assertThat(arrived("n-flaky")).hasSize(3).allSatisfy(call -> {
            assertThat(call.body()).isEqualTo("{\"order\":\"4711\"}");
            assertThat(call.header("entente-op")).isEqualTo("deliver");
            assertThat(call.header("entente-pattern")).isEqualTo("notification");
            assertThat(call.header("idempotency-key")).isEqualTo("n-flaky/deliver/deliver");
            assertThat(call.header("x-shop")).isEqualTo("demo");
        });
    }

    @Test
    void the_signature_of_a_call_is_valid_only_for_its_key_time_and_body() {
        submit("n-signed", "/ok");

        Arrived call = arrived("n-signed").getFirst();
        byte[] body = call.body().getBytes(StandardCharsets.UTF_8);
        Instant now = Instant.now();
        assertThat(isGenuine(KEY, call, body, now)).isTrue();
        assertThat(isGenuine(KEY, call, body, now.plusSeconds(400))).isFalse();
        assertThat(isGenuine(KEY, call, new byte[] {1}, now)).isFalse();
        assertThat(isGenuine("another key of 16", call, body, now)).isFalse();
    }

    private static boolean isGenuine(String key, Arrived call, byte[] body, Instant now) {
        return CallSignature.of(key)
                .holds(call.method(), call.header("host"), call.path(), call.headers()::getFirst, body, now);
    }

    @Test
    void a_202_with_retry_after_acknowledges_a_notification() {
        assertThat(text(submit("n-later", "/later"), "state")).isEqualTo("SUCCEEDED");
    }

    @Test
    void a_notification_is_given_up_after_one_410_response() {
        assertThat(text(submit("n-gone", "/gone"), "state")).isEqualTo("GIVEN_UP");
        assertThat(arrived("n-gone")).hasSize(1);
    }

    @Test
    void a_notification_to_an_unreachable_receiver_is_given_up_after_a_time_limit() {
        NoProgressLimits usual = NoProgressLimits.STANDARD;
        NoProgressLimits noProgress = new NoProgressLimits(
                usual.inProgress(), Duration.ofSeconds(1), usual.misconfigured(), usual.takeovers());
        try (LocalCoordinator impatient = LocalCoordinator.start(
                new FixedTimes(TestDatabase.TIMEOUT, ApiServer.ConnectionTimes.STANDARD, Circuit.CONNECT, noProgress),
                TestDatabase.withSchema(),
                "impatient",
                "participants.absent.target",
                "http://127.0.0.1:" + LoopbackPorts.next())) {
            String plan = """
                {"gid": "n-unknown", "name": "order-paid", "notification": {"deliver": {
                 "http": {"participant": "absent", "path": "/"}, "json": {}, "policy": {"max_attempts": 1}}}}
                """;
            Transaction reported = impatient.run(SamplePlans.json(plan));
            assertThat(reported.getState()).isEqualTo(Transaction.State.GIVEN_UP);
            assertThat(reported.getDetail())
                    .containsPattern("no connection for [1-9][0-9]* s")
                    .contains("could not connect to the participant");
        }
    }

    @Test
    void a_receiver_that_starts_late_gets_the_first_attempt() {
        String plan = """
            {"gid": "n-late", "name": "order-paid", "notification": {"deliver": {
             "http": {"participant": "late", "path": "/"}, "json": {},
             "policy": {"schedule": ["0.010s"], "timeout": "300s"}}}}
            """;
        Cli.fed(plan, "tx", "submit", "-f", "-", "--target", target);
        Awaitility.await().until(() -> Cli.at(target, "participant list").out().contains("ConnectException"));

        try (LoopbackHttp late = LoopbackHttp.start(latePort, NotificationsTest::serve)) {
            assertThat(text(awaited("n-late"), "state")).isEqualTo("SUCCEEDED");
            assertThat(late.arrived())
                    .singleElement()
                    .satisfies(
                            call -> assertThat(call.header("entente-attempt")).isEqualTo("1"));
        }
    }

    @Test
    void a_given_up_notification_lists_its_last_error_and_can_be_resent() {
        assertThat(text(submit("n-lost", "/missing"), "state")).isEqualTo("GIVEN_UP");
        assertThat(arrived("n-lost")).hasSize(3);
        JsonObject listed = Cli.at(target, "tx list --state GIVEN_UP --gid-prefix n-lost -o json")
                .json()
                .getAsJsonArray("transactions")
                .get(0)
                .getAsJsonObject();
        assertThat(text(listed, "detail")).isEqualTo("deliver: HTTP 404");

        assertThat(text(resend("n-lost").json(), "gid")).isEqualTo("n-lost~2");
        assertThat(text(awaited("n-lost~2"), "state")).isEqualTo("GIVEN_UP");
        assertThat(text(resend("n-lost").json(), "gid")).isEqualTo("n-lost~2");
        assertThat(arrived("n-lost~2")).hasSize(3).allSatisfy(call -> {
            assertThat(call.body()).isEqualTo("{\"order\":\"4711\"}");
            assertThat(call.header("x-shop")).isEqualTo("demo");
        });
        assertThat(text(resend("n-lost~2").json(), "gid")).isEqualTo("n-lost~3");
        assertThat(text(awaited("n-lost"), "state")).isEqualTo("GIVEN_UP");
    }

    @Test
    void a_resend_is_audited_with_its_reason_and_a_repeated_resend_as_unchanged() {
        submit("n-audited", "/gone");
        assertThat(resend("n-audited").json().get("unchanged").getAsBoolean()).isFalse();
        assertThat(resend("n-audited").json().get("unchanged").getAsBoolean()).isTrue();

        Awaitility.await().until(() -> audited().size() == 2);
        JsonObject entry = audited().get(1).getAsJsonObject();
        assertThat(text(entry, "after")).isEqualTo("RUNNING");
        assertThat(text(audited().get(0).getAsJsonObject(), "after")).endsWith(", unchanged");
        assertThat(text(entry, "operation")).isEqualTo("resend");
        assertThat(text(entry, "reason")).isEqualTo("they are back");
        assertThat(text(entry, "before")).isEqualTo("n-audited GIVEN_UP");
    }

    private static JsonArray audited() {
        return Cli.at(target, "audit list --gid n-audited~2 -o json").json().getAsJsonArray("entries");
    }

    @Test
    void only_a_given_up_notification_can_be_resent() {
        submit("n-fine", "/ok");
        Cli refused = resend("n-fine");

        assertThat(refused.exit()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.code()).isEqualTo("ENT-045");
        assertThat(resend("n-nowhere").exit()).isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void a_notification_step_is_done_when_its_notification_is_accepted() {
        String plan = """
            {"gid": "n-saga", "name": "signup", "labels": {"customer": "alice"}, "saga": {"steps": [
              {"id": "account", "no_undo": true, "action": {"http": {"participant": "crm", "path": "/account"}}},
              {"id": "welcome", "no_undo": true, "notification": {"deliver": {
                "http": {"participant": "crm", "path": "/missing"}, "json": {"order": "4711"},
                "bind": [{"from": "account", "from_path": "/id", "to_path": "/account"}],
                "policy": {"schedule": ["0.010s"]}}}}]}}
            """;
        JsonObject saga = run(plan);
        assertThat(text(saga, "state")).isEqualTo("SUCCEEDED");

        JsonObject child = awaited("n-saga/welcome");
        assertThat(text(child, "state")).isEqualTo("GIVEN_UP");
        assertThat(text(child, "name")).isEqualTo("welcome");
        assertThat(child.getAsJsonObject("labels").get("customer").getAsString())
                .isEqualTo("alice");
        assertThat(arrived("n-saga/welcome"))
                .hasSize(2)
                .allSatisfy(call -> assertThat(call.body()).isEqualTo("{\"order\":\"4711\",\"account\":\"a-77\"}"));
        assertThat(text(resend("n-saga/welcome").json(), "gid")).isEqualTo("n-saga/welcome~2");
        JsonObject described = awaited("n-saga");
        assertThat(described
                        .getAsJsonObject("plan")
                        .getAsJsonObject("saga")
                        .getAsJsonArray("steps")
                        .get(1)
                        .getAsJsonObject()
                        .has("notification"))
                .isTrue();
        assertThat(Cli.at(target, "tx replay n-saga").exit()).isZero();
    }

    @Test
    void a_message_step_submits_a_message_that_reaches_topics_and_participants() {
        Cli.at(target, "topic subscribe signups mail --http crm/mails");
        String plan = """
            {"gid": "m-saga", "name": "signup", "labels": {"customer": "alice"}, "saga": {"steps": [
              {"id": "tell", "no_undo": true, "message": {"deliveries": [
                {"topic": "signups", "json": {"order": "4711"}}, {"topic": "no-listener", "json": {"order": "4711"}},
                {"http": {"participant": "crm", "path": "/flaky"}, "json": {"order": "4711"}}]}},
              {"id": "after", "no_undo": true, "action": {"http": {"participant": "crm", "path": "/after"}}}]},
             "defaults": {"first_backoff": "0.010s", "max_backoff": "0.020s"}}
            """;
        JsonObject saga = run(plan);
        assertThat(text(saga, "state")).isEqualTo("SUCCEEDED");

        JsonObject child = awaited("m-saga/tell");
        assertThat(text(child, "state")).isEqualTo("SUCCEEDED");
        assertThat(text(child, "name")).isEqualTo("tell");
        assertThat(child.getAsJsonObject("labels").get("customer").getAsString())
                .isEqualTo("alice");
        assertThat(arrived("m-saga/tell"))
                .allSatisfy(call -> assertThat(call.body()).isEqualTo("{\"order\":\"4711\"}"))
                .extracting(Arrived::path)
                .contains("/mails", "/flaky");
        assertThat(Cli.at(target, "tx replay m-saga").exit()).isZero();
    }

    @Test
    void a_plan_with_an_invalid_message_step_is_refused_with_all_its_errors() {
        String plan = """
            {"gid": "m-wrong", "name": "signup", "saga": {"steps": [
              {"id": "tell", "no_undo": true, "message": {"deliveries": [
                {"http": {"participant": "unknown", "path": "/x"}}, {"http": {"participant": "crm", "path": "x"}}],
               "ordering_key": "a\\nb",
               "check_back": {"http": {"participant": "crm", "path": "/check"}, "json": {"a": 1}}}},
              {"id": "publish", "no_undo": true, "message": {"deliveries": [{"topic": "BAD TOPIC"}]}}]}}
            """;
        Cli refused = Cli.fed(plan, "tx", "submit", "-f", "-", "--target", target, "-o", "json");

        assertThat(refused.exit()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.out())
                .contains(
                        "plan.saga.steps[0].message.deliveries[0]",
                        "plan.saga.steps[0].message.deliveries[1]",
                        "plan.saga.steps[0].message.ordering_key",
                        "plan.saga.steps[1].message.deliveries",
                        "plan.saga.steps[0].message.check_back")
                .doesNotContain("send raw");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "\"result_branch\": \"welcome\" | \"bind\": [] | plan.result_branch",
                "\"deadline\": \"60s\" | \"bind\": [{\"from\": \"welcome\", \"from_path\": \"/id\", \"to_path\":"
                        + " \"/id\"}] | plan.saga.steps[1].action.bind[0].from",
            })
    void a_plan_that_reads_the_response_of_a_notification_step_is_refused(String said, String bind, String field) {
        String plan = """
            {"gid": "n-read", "name": "signup", %s, "saga": {"steps": [
              {"id": "welcome", "no_undo": true,
                "notification": {"deliver": {"http": {"participant": "crm", "path": "/x"}}}},
              {"id": "after", "no_undo": true, "action": {"http": {"participant": "crm", "path": "/y"}, %s}}]}}
            """.formatted(said, bind);
        assertThatThrownBy(() -> server.submit(SamplePlans.json(plan))).hasMessageContaining(field);
    }

    @Test
    void the_history_of_a_notification_replays() {
        submit("n-replayed", "/missing");

        assertThat(Cli.at(target, "tx replay n-replayed").exit()).isZero();
    }
}
