package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.cli.Cli;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests {@code tx preview} against a real coordinator. */
class PreviewCommandTest {
    private static LoopbackHttp shop;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(call -> Answer.of(call.path().equals("/no") ? 409 : 200, "{}"));
        server = LocalCoordinator.start("participants.shop.target", shop.url());
    }

    @AfterAll
    static void stop() {
        server.close();
        shop.close();
    }

    private static Cli preview(String arguments) {
        return Cli.at(server.target(), "tx preview " + arguments);
    }

    private static void parked(String gid, String plan) {
        server.submit(SamplePlans.json(plan.formatted(gid)));
        await().until(() -> server.get(gid).hasParked());
    }

    private static void message(String gid) {
        server.submit(SamplePlans.json("""
            {"gid": "%s", "name": "told", "message": {"ordering_key": "line", "deliveries": [
              {"http": {"participant": "shop", "path": "/no"}, "json": {}}]}}
            """.formatted(gid)));
    }

    @Test
    void a_preview_prints_the_calls_the_next_state_and_the_command() {
        parked("stuck", """
            {"gid": "%s", "name": "told", "saga": {"steps": [{"id": "pay", "retriable": true, "no_undo": true,
              "action": {"http": {"participant": "shop", "path": "/no"}, "json": {}}}]}}
            """);
        long revision = server.get("stuck").getRevision();

        Cli reported = preview("stuck retry --reason it's-fixed");

        assertThat(reported.exit()).isZero();
        assertThat(reported.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("stuck PARKED while going forward; RETRIABLE_REFUSED: pay: "),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "retry: changes from PARKED while going forward to RUNNING; one call is sent at"
                                                + " once"),
                        line -> assertThat(line).isEqualTo("  calls:     pay action #1 to POST shop/no"),
                        line -> assertThat(line).isEqualTo("  then:      stuck RUNNING"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "  to do it:  entente tx retry stuck --reason 'it'\\''s-fixed' --if-revision "
                                                + revision));
        assertThat(server.get("stuck").getRevision()).isEqualTo(revision);
    }

    @Test
    void a_preview_of_a_refused_operation_reports_the_error_and_exits_1() {
        server.submit(SamplePlans.asking("asks"));
        Cli reported = preview("asks resume");

        assertThat(reported.exit()).isOne();
        assertThat(reported.out()).contains("resume: refused with ENT-045: ").doesNotContain("to do it:");
    }

    @Test
    void resolving_an_approval_is_refused_with_a_hint_to_approve_or_reject() {
        server.submit(SamplePlans.asking("stated"));

        assertThat(preview("stated resolve --branch manager --op approval --as done")
                        .out())
                .contains("ENT-045: ", "'manager' is an approval: approve or reject it");
        assertThat(Cli.at(server.target(), "tx resolve stated manager approval --done")
                        .err())
                .contains("ENT-045");
    }

    @Test
    void a_preview_of_a_queued_delivery_promises_no_immediate_call() {
        message("before");
        await().until(() -> server.get("before").hasParked());
        message("behind");
        await().until(() -> server.get("behind").getWaiting().getKind() == Waiting.Kind.BLOCKED);

        server.park("behind");
        assertThat(preview("behind resume").out())
                .contains(
                        "; one call is sent if it is first in its queue\n",
                        "  calls:     delivery-1 deliver #1 to POST shop/no, if it is first in its queue\n")
                .doesNotContain("at once");
    }
}
