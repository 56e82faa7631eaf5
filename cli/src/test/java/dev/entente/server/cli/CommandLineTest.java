package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.app.ExampleParticipant;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.codec.ExamplePlan;
import dev.entente.server.codec.PlanText;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a real coordinator on a real database, with a participant that takes every method. */
class CommandLineTest {
    private static ExampleParticipant participant;
    private static LocalCoordinator server;
    private static String target;

    @BeforeAll
    static void start() throws IOException {
        participant = ExampleParticipant.start();
        // A call that hangs is awaited by a forced end and by the drain.
        server = LocalCoordinator.start("participants.shop.target", participant.target(), "calls.timeout", "2s");
        target = server.target();
    }

    @AfterAll
    static void stop() {
        server.close();
        participant.close();
    }

    private static String plan(String gid, String... methods) {
        StringBuilder steps = new StringBuilder();
        for (int i = 0; i < methods.length; i++) {
            steps.append(i == 0 ? "" : ",").append("""
                {"id":"s%d","action":{"grpc":"shop/a.Shop/%s","raw":""},
                 "compensate":{"grpc":"shop/a.Shop/Undo","raw":""}}\
                """.formatted(i, methods[i]));
        }
        return """
            {"gid":"%s","name":"checkout","result_branch":"s0","saga":{"steps":[%s]}}\
            """.formatted(gid, steps);
    }

    private static Cli submit(String plan, String... more) {
        return Cli.fed(plan, Cli.with(more, "tx", "submit", "-f", "-", "--target", target));
    }

    private static Cli tx(String command, String... more) {
        return Cli.run(Cli.with(more, "tx", command, "--target", target, "-o", "json"));
    }

    @Test
    void a_saga_is_submitted_and_waited_for() {
        Cli first = submit(plan("c-1", "Reserve", "Pay"), "--wait", "5m", "-o", "json");
        assertThat(first.exit()).isZero();
        assertThat(first.json().keySet()).containsExactly("gid", "state", "terminal", "result", "already_known");
        assertThat(first.json().toString())
                .isEqualTo("{\"gid\":\"c-1\",\"state\":\"SUCCEEDED\",\"terminal\":true,\"result\":\"CAE=\","
                        + "\"already_known\":false}");
        Cli again = submit(plan("c-1", "Reserve", "Pay"), "--wait", "5m", "-o", "json");
        assertThat(again.json().get("already_known").getAsBoolean()).isTrue();
        Cli other = submit(plan("c-1", "Reserve"), "-o", "json");
        assertThat(other.exit()).isEqualTo(4);
        assertThat(other.code()).isEqualTo("ENT-031");
    }

    @Test
    void an_aborted_saga_exits_1_and_one_that_still_runs_5() {
        Cli aborted = submit(plan("c-2", "Reserve", "Reject"), "--wait", "5m", "-o", "json");
        assertThat(aborted.exit()).isEqualTo(1);
        assertThat(aborted.said("state")).isEqualTo("ABORTED");
        Cli running = submit(plan("c-3", "Hang"), "--wait", "100ms", "-o", "json");
        assertThat(running.exit()).isEqualTo(5);
        assertThat(running.json().get("terminal").getAsBoolean()).isFalse();
    }

    @Test
    void a_valid_plan_is_not_accepted_by_its_check() {
        Cli valid = submit(plan("c-4", "Reserve"), "--validate-only", "-o", "json");
        assertThat(valid.exit()).isZero();
        assertThat(valid.json().get("valid").getAsBoolean()).isTrue();
        assertThat(tx("describe", "c-4").code()).isEqualTo("ENT-030");
    }

    @Test
    void the_examples_are_plans(@TempDir Path folder) throws Exception {
        for (ExamplePlan each : ExamplePlan.values()) {
            String kind = each.toString();
            Cli example = Cli.run("tx", "example", kind);
            assertThat(PlanText.parse(example.out()).getGid()).isEqualTo("example-" + kind);
            Cli renamed = Cli.run("tx", "example", kind, "--gid", "mine");
            assertThat(PlanText.parse(renamed.out()).getGid()).isEqualTo("mine");
        }
        Path file = Files.writeString(folder.resolve("plan.json"), plan("c-5", "Reserve"));
        assertThat(Cli.run("tx", "submit", "-f", file.toString(), "--gid", "c-5b", "--target", target, "-o", "json")
                        .said("gid"))
                .isEqualTo("c-5b");
    }

    @Test
    void a_transaction_is_described_listed_counted_watched_and_replayed() {
        assertThat(submit(plan("d-1", "Reserve", "Reject"), "--wait", "5m").exit())
                .isEqualTo(1);
        JsonObject described = tx("describe", "d-1").json();
        assertThat(described.toString()).doesNotContain("\"raw\"");
        assertThat(tx("describe", "d-1", "--payloads").json().toString()).contains("\"raw\"");
        Awaitility.await()
                .untilAsserted(() -> assertThat(audited("d-1", "read")).hasSize(1));
        assertThat(Cli.at(target, "audit list --only operations").out()).doesNotContain("payloads");
        assertThat(Cli.at(target, "audit list --only reads --gid d-1").out()).contains("DONE", "payloads");
        assertThat(described.get("abort_reason").getAsString()).isEqualTo("STEP_REJECTED");
        assertThat(described.getAsJsonArray("history")).isNotEmpty();
        String drawn = Cli.at(target, "tx describe d-1").out();
        assertThat(drawn).contains("d-1 ABORTED", "s1 action #1 REJECTED: ", "card declined", "FINISHED → ABORTED");
        JsonObject listed =
                tx("list", "--gid-prefix", "d-", "--state", "ABORTED").json();
        assertThat(listed.getAsJsonArray("transactions")).hasSize(1);
        assertThat(Cli.at(target, "tx list --gid-prefix d-").out()).contains("GID", "d-1");
        JsonObject counted = tx("count", "--gid-prefix", "d-").json();
        assertThat(counted.getAsJsonObject("by_state").get("ABORTED").getAsInt())
                .isEqualTo(1);
        assertThat(tx("watch", "d-1").exit()).isEqualTo(1);
        Cli replayed = tx("replay", "d-1");
        assertThat(replayed.exit()).isZero();
        assertThat(replayed.json().get("matches").getAsBoolean()).isTrue();
        assertThat(replayed.json().getAsJsonArray("states")).isNotEmpty();
    }

    @Test
    void a_list_shows_first_what_was_accepted_first_where_that_is_asked_for() {
        submit(plan("e-cause", "Hang"), "--wait", "100ms");
        submit(plan("e-effect", "Reserve"), "--wait", "5m");
        submit(plan("e-last", "Reserve"), "--wait", "5m");

        JsonObject listed = tx("list", "--gid-prefix", "e-", "--oldest-first").json();

        assertThat(listed.getAsJsonArray("transactions"))
                .extracting(
                        transaction -> transaction.getAsJsonObject().get("gid").getAsString())
                .containsExactly("e-cause", "e-effect", "e-last");
    }

    private static String asking(String gid) {
        return """
            {"gid":"%s","name":"big-order","saga":{"steps":[
            {"id":"reserve","action":{"grpc":"shop/a.Shop/Reserve","raw":""},
             "compensate":{"grpc":"shop/a.Shop/Undo","raw":""}},
            {"id":"manager","approval":{"prompt":"over 10 000","within":"86400s"}},
            {"id":"pay","no_undo":true,"action":{"grpc":"shop/a.Shop/Pay","raw":""}}]}}\
            """.formatted(gid);
    }

    private static Cli asked(String gid) {
        assertThat(submit(asking(gid), "-o", "json").exit()).isZero();
        Awaitility.await().until(() -> tx("describe", gid).out().contains("AWAITING_APPROVAL"));
        return Cli.at(target, "tx describe " + gid);
    }

    @Test
    void an_approval_is_given_and_refused_and_history_and_audit_know_who_and_why() {
        assertThat(asked("m-1").out()).contains("for the approval manager (over 10 000), until ");
        assertThat(tx("approve", "m-1", "manager", "--reason", "checked").exit())
                .isZero();
        assertThat(tx("describe", "m-1", "--wait", "5m").exit()).isZero();
        Cli otherwise = tx("reject", "m-1", "manager");
        assertThat(otherwise.code()).isEqualTo("ENT-043");
        assertThat(Cli.at(target, "tx approve m-1 manager").out())
                .contains("no change: the transaction was already in this state");
        assertThat(Cli.at(target, "tx describe m-1").out())
                .contains("APPROVAL_DECIDED manager approval OK: checked by anonymous@127.0.0.1");
        assertThat(audited("m-1", "approve"))
                .filteredOn(entry -> entry.get("after").getAsString().equals("RUNNING"))
                .singleElement()
                .satisfies(
                        entry -> assertThat(entry.get("reason").getAsString()).isEqualTo("checked"));
        assertThat(tx("replay", "m-1").exit()).isZero();

        asked("m-2");
        assertThat(tx("reject", "m-2", "manager", "--reason", "too dear").exit())
                .isZero();
        assertThat(tx("describe", "m-2", "--wait", "5m").exit()).isEqualTo(1);
        assertThat(tx("describe", "m-2").said("abort_reason")).isEqualTo("APPROVAL_REJECTED");
        assertThat(tx("replay", "m-2").exit()).isZero();
    }

    /** The entries of that act; reads and refusals have others, behind the call. */
    private static List<JsonObject> audited(String gid, String act) {
        JsonObject audit =
                Cli.at(target, "audit list --gid " + gid + " -o json").json();
        return audit.getAsJsonArray("entries").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(entry -> entry.get("operation").getAsString().equals(act))
                .toList();
    }

    @Test
    void what_awaits_an_approval_shows_in_lists_and_can_be_looked_for() {
        asked("m-3");
        String[] filter = {"tx", "list", "--awaiting-approval", "--gid-prefix", "m-3", "--target", target};
        Awaitility.await().until(() -> Cli.run(filter).out().contains("m-3"));
        assertThat(Cli.run(filter).out()).contains("for the approval manager (over 10 000)");
        assertThat(Cli.at(target, "tx count --gid-prefix m-3").out()).contains("awaiting approval 1");
        assertThat(tx("approve", "m-3", "manager").exit()).isZero();
        assertThat(tx("describe", "m-3", "--wait", "5m").exit()).isZero();
        assertThat(Cli.run(filter).out()).doesNotContain("m-3");
    }

    @Test
    void an_operator_parks_resumes_and_forces_and_the_audit_knows_who() {
        assertThat(submit(plan("o-1", "Hang"), "-o", "json").exit()).isZero();
        assertThat(tx("force-finish", "o-1", "--as", "ABORTED", "--reason", "test")
                        .exit())
                .isZero();
        Cli again = tx("retry", "o-1", "--reason", "too late");
        assertThat(again.exit()).isEqualTo(4);
        assertThat(again.code()).isEqualTo("ENT-045");
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(Cli.at(target, "audit list --gid o-1").out())
                                .containsPattern("retry +o-1 +too late +REFUSED ENT-045: "));
        assertThat(Cli.at(target, "tx list --gid-prefix o-1").out()).contains("ABORTED, forced");
        assertThat(audited("o-1", "force-finish")).hasSize(1);
        JsonObject entry = audited("o-1", "force-finish").getFirst();
        assertThat(entry.get("actor").getAsString()).isEqualTo("anonymous@127.0.0.1");
        assertThat(entry.get("reason").getAsString()).isEqualTo("test");
    }

    @Test
    void participants_and_coordinators_are_shown() {
        JsonObject participants = Cli.at(target, "participant list -o json").json();
        assertThat(participants
                        .getAsJsonArray("participants")
                        .get(0)
                        .getAsJsonObject()
                        .get("name")
                        .getAsString())
                .isEqualTo("shop");
        assertThat(Cli.at(target, "participant probe shop").out()).contains("is there");
        assertThat(Cli.at(target, "participant probe nobody").exit()).isEqualTo(4);
        assertThat(Cli.at(target, "coordinator list").out()).contains("node-a", "alive");
    }

    @Test
    void recovery_without_a_failover_finds_nothing() {
        JsonObject found = Cli.at(target, "recover --yes -o json").json();
        assertThat(found.get("parked").getAsInt()).isZero();
    }

    @Test
    void nobody_at_the_target_exits_3_and_wrong_usage_2() {
        Cli unreachable = Cli.run("tx", "list", "--target", "127.0.0.1:1", "-o", "json");
        assertThat(unreachable.exit()).isEqualTo(3);
        assertThat(unreachable.message()).contains("127.0.0.1:1", "ENTENTE_TARGET");
        assertThat(Cli.run("tx").exit()).isEqualTo(2);
        assertThat(Cli.run("tx", "list", "--no-such-flag").exit()).isEqualTo(2);
        assertThat(Cli.run("tx", "resolve", "x", "y", "action").exit()).isEqualTo(2);
    }

    @Test
    void a_coordinator_that_says_come_again_or_does_not_answer_is_asked_again_as_long_as_it_is_waited_for() {
        Iterator<StatusRuntimeException> failures = List.of(
                        comeAgain(), io.grpc.Status.UNAVAILABLE.asRuntimeException(), comeAgain())
                .iterator();
        AtomicInteger unanswered = new AtomicInteger();
        String answer = ClientCommand.patiently(
                PatientAwaits.BOUND,
                _ -> {
                    if (failures.hasNext()) {
                        throw failures.next();
                    }
                    return "answer";
                },
                _ -> unanswered.incrementAndGet());
        assertThat(answer).isEqualTo("answer");
        assertThat(unanswered).hasValue(1);
        AtomicInteger asked = new AtomicInteger();
        assertThatThrownBy(() -> ClientCommand.patiently(
                        Duration.ZERO,
                        _ -> {
                            asked.incrementAndGet();
                            throw comeAgain();
                        },
                        _ -> {}))
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(asked).hasValue(1);
    }

    private static StatusRuntimeException comeAgain() {
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(Code.UNAVAILABLE.getNumber())
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(1))
                        .build()))
                .build());
    }

    @Test
    void tokens_are_made_listed_and_revoked(@TempDir Path folder) {
        String file = folder.resolve("tokens").toString();
        Cli created = Cli.run("token", "create", "ops", "--role", "operator,viewer", "--file", file, "-o", "json");
        assertThat(created.exit()).isZero();
        assertThat(created.said("token")).startsWith("ent_");
        assertThat(Cli.run("token", "list", "--file", file).out().strip()).isEqualTo("ops  viewer,operator");
        assertThat(Cli.run("token", "create", "ops", "--role", "viewer", "--file", file)
                        .exit())
                .isEqualTo(2);
        assertThat(Cli.run("token", "create", "x", "--role", "boss", "--file", file)
                        .err())
                .contains("submitter, viewer, operator, admin");
        assertThat(Cli.run("token", "revoke", "ops", "--file", file).exit()).isZero();
        assertThat(Cli.run("token", "revoke", "ops", "--file", file).exit()).isEqualTo(2);
    }
}
