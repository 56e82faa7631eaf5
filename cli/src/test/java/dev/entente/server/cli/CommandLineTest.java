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
import dev.entente.wire.TraceParent;
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

/** Tests the commands with a real coordinator, a real database and a participant that accepts every method. */
class CommandLineTest {
    private static ExampleParticipant participant;
    private static LocalCoordinator server;
    private static String target;

    @BeforeAll
    static void start() throws IOException {
        participant = ExampleParticipant.start();
        // A forced finish and the drain wait for a hanging call.
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
    void a_submit_waits_for_the_outcome_and_detects_a_repeated_gid() {
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
    void a_submit_exits_1_for_an_aborted_saga_and_5_for_a_running_saga() {
        Cli aborted = submit(plan("c-2", "Reserve", "Reject"), "--wait", "5m", "-o", "json");
        assertThat(aborted.exit()).isEqualTo(1);
        assertThat(aborted.memberText("state")).isEqualTo("ABORTED");
        Cli running = submit(plan("c-3", "Hang"), "--wait", "100ms", "-o", "json");
        assertThat(running.exit()).isEqualTo(5);
        assertThat(running.json().get("terminal").getAsBoolean()).isFalse();
    }

    @Test
    void validate_only_does_not_submit_a_valid_plan() {
        Cli valid = submit(plan("c-4", "Reserve"), "--validate-only", "-o", "json");
        assertThat(valid.exit()).isZero();
        assertThat(valid.json().get("valid").getAsBoolean()).isTrue();
        assertThat(tx("describe", "c-4").code()).isEqualTo("ENT-030");
    }

    @Test
    void the_examples_parse_as_plans_and_accept_another_gid(@TempDir Path folder) throws Exception {
        for (ExamplePlan each : ExamplePlan.values()) {
            String kind = each.toString();
            Cli example = Cli.run("tx", "example", kind);
            assertThat(PlanText.parse(example.out()).getGid()).isEqualTo("example-" + kind);
            Cli renamed = Cli.run("tx", "example", kind, "--gid", "mine");
            assertThat(PlanText.parse(renamed.out()).getGid()).isEqualTo("mine");
        }
        Path file = Files.writeString(folder.resolve("plan.json"), plan("c-5", "Reserve"));
        assertThat(Cli.run("tx", "submit", "-f", file.toString(), "--gid", "c-5b", "--target", target, "-o", "json")
                        .memberText("gid"))
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
        String timeline = Cli.at(target, "tx describe d-1").out();
        assertThat(timeline)
                .contains("d-1 ABORTED", "s1 action #1 REJECTED: ", "card declined", "FINISHED → ABORTED")
                .contains("\n  trace " + TraceParent.traceIdOf("d-1") + "\n");
        JsonObject listed =
                tx("list", "--gid-prefix", "d-", "--state", "ABORTED").json();
        assertThat(listed.getAsJsonArray("transactions")).hasSize(1);
        assertThat(Cli.at(target, "tx list --gid-prefix d-").out()).contains("GID", "d-1");
        String byTime =
                "tx list --gid-prefix d- --younger-than 1h --created-after 2026-01-01T00:00:00Z --created-before ";
        assertThat(Cli.at(target, byTime + "2999-01-01T00:00:00Z").out()).contains("d-1");
        assertThat(Cli.at(target, byTime + "2026-01-01T00:00:00Z").out()).doesNotContain("d-1");
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
    void oldest_first_lists_transactions_in_order_of_acceptance() {
        submit(plan("e-cause", "Hang"), "--wait", "100ms");
        submit(plan("e-effect", "Reserve"), "--wait", "5m");
        submit(plan("e-last", "Reserve"), "--wait", "5m");

        JsonObject listed = tx("list", "--gid-prefix", "e-", "--oldest-first").json();

        assertThat(listed.getAsJsonArray("transactions"))
                .extracting(
                        transaction -> transaction.getAsJsonObject().get("gid").getAsString())
                .containsExactly("e-cause", "e-effect", "e-last");
    }

    private static String approvalPlan(String gid) {
        return """
            {"gid":"%s","name":"big-order","saga":{"steps":[
            {"id":"reserve","action":{"grpc":"shop/a.Shop/Reserve","raw":""},
             "compensate":{"grpc":"shop/a.Shop/Undo","raw":""}},
            {"id":"manager","approval":{"prompt":"over 10 000","within":"86400s"}},
            {"id":"pay","no_undo":true,"action":{"grpc":"shop/a.Shop/Pay","raw":""}}]}}\
            """.formatted(gid);
    }

    private static Cli awaitingApproval(String gid) {
        assertThat(submit(approvalPlan(gid), "-o", "json").exit()).isZero();
        Awaitility.await().until(() -> tx("describe", gid).out().contains("AWAITING_APPROVAL"));
        return Cli.at(target, "tx describe " + gid);
    }

    @Test
    void approve_and_reject_decide_an_approval_and_record_actor_and_reason() {
        assertThat(awaitingApproval("m-1").out()).contains("for the approval manager (over 10 000), until ");
        assertThat(tx("approve", "m-1", "manager", "--reason", "checked").exit())
                .isZero();
        assertThat(tx("describe", "m-1", "--wait", "5m").exit()).isZero();
        Cli contradicting = tx("reject", "m-1", "manager");
        assertThat(contradicting.code()).isEqualTo("ENT-043");
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

        awaitingApproval("m-2");
        assertThat(tx("reject", "m-2", "manager", "--reason", "too dear").exit())
                .isZero();
        assertThat(tx("describe", "m-2", "--wait", "5m").exit()).isEqualTo(1);
        assertThat(tx("describe", "m-2").memberText("abort_reason")).isEqualTo("APPROVAL_REJECTED");
        assertThat(tx("replay", "m-2").exit()).isZero();
    }

    /** Returns the entries of one operation; reads and refusals have other entries, written after the call. */
    private static List<JsonObject> audited(String gid, String act) {
        JsonObject audit =
                Cli.at(target, "audit list --gid " + gid + " -o json").json();
        return audit.getAsJsonArray("entries").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(entry -> entry.get("operation").getAsString().equals(act))
                .toList();
    }

    @Test
    void lists_and_counts_find_transactions_that_await_an_approval() {
        awaitingApproval("m-3");
        String[] filter = {"tx", "list", "--awaiting-approval", "--gid-prefix", "m-3", "--target", target};
        Awaitility.await().until(() -> Cli.run(filter).out().contains("m-3"));
        assertThat(Cli.run(filter).out()).contains("for the approval manager (over 10 000)");
        assertThat(Cli.at(target, "tx count --gid-prefix m-3").out()).contains("awaiting approval 1");
        assertThat(tx("approve", "m-3", "manager").exit()).isZero();
        assertThat(tx("describe", "m-3", "--wait", "5m").exit()).isZero();
        assertThat(Cli.run(filter).out()).doesNotContain("m-3");
    }

    @Test
    void a_forced_finish_and_a_refused_retry_are_audited() {
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
        assertThat(Cli.at(target, "participant probe shop").out()).contains("is reachable");
        assertThat(Cli.at(target, "participant probe unknown").exit()).isEqualTo(4);
        assertThat(Cli.at(target, "coordinator list").out()).contains("node-a", "alive");
    }

    @Test
    void recovery_without_a_failover_parks_nothing() {
        JsonObject found = Cli.at(target, "recover --yes -o json").json();
        assertThat(found.get("parked").getAsInt()).isZero();
    }

    @Test
    void an_unreachable_target_exits_3_and_wrong_usage_exits_2() {
        Cli unreachable = Cli.run("tx", "list", "--target", "127.0.0.1:1", "-o", "json");
        assertThat(unreachable.exit()).isEqualTo(3);
        assertThat(unreachable.message()).contains("127.0.0.1:1", "ENTENTE_TARGET");
        assertThat(Cli.run("tx").exit()).isEqualTo(2);
        assertThat(Cli.run("tx", "list", "--no-such-flag").exit()).isEqualTo(2);
        assertThat(Cli.run("tx", "resolve", "x", "y", "action").exit()).isEqualTo(2);
    }

    @Test
    void an_unavailable_coordinator_is_called_again_until_the_wait_time_is_over() {
        Iterator<StatusRuntimeException> failures = List.of(
                        retryLater(), io.grpc.Status.UNAVAILABLE.asRuntimeException(), retryLater())
                .iterator();
        AtomicInteger unanswered = new AtomicInteger();
        String answer = ClientCommand.retrying(
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
        AtomicInteger calls = new AtomicInteger();
        assertThatThrownBy(() -> ClientCommand.retrying(
                        Duration.ZERO,
                        _ -> {
                            calls.incrementAndGet();
                            throw retryLater();
                        },
                        _ -> {}))
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(calls).hasValue(1);
    }

    private static StatusRuntimeException retryLater() {
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(Code.UNAVAILABLE.getNumber())
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(1))
                        .build()))
                .build());
    }

    @Test
    void tokens_are_created_listed_and_revoked(@TempDir Path folder) {
        String file = folder.resolve("tokens").toString();
        Cli created = Cli.run("token", "create", "ops", "--role", "operator,viewer", "--file", file, "-o", "json");
        assertThat(created.exit()).isZero();
        assertThat(created.memberText("token")).startsWith("ent_");
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
