package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.TransactionEventLog;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.wire.TraceParent;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TransactionEventLogTest {
    private static final Duration SLOW = Duration.ofSeconds(2);

    @RegisterExtension
    private final LogLines lines = new LogLines(TransactionEventLog.class);

    private final EngineFixture fixture = new EngineFixture(new Decider(), EngineSettings.STANDARD, SLOW);

    @BeforeEach
    void set() {
        lines.level(Level.INFO);
    }

    private void select(String gid) {
        fixture.environment.log().select(gid, Duration.ofMinutes(10));
    }

    private void succeedAll() {
        while (!fixture.calls.isEmpty()) {
            fixture.calls.remove().succeed();
        }
    }

    @Test
    void a_selected_transaction_logs_each_event_and_no_payload() {
        fixture.submit("configured", "a", "b");
        fixture.submit("other", "a");
        fixture.pass(Duration.ofMillis(250));
        fixture.calls.remove().answer().accept(new Outcome.Succeeded(ByteString.copyFromUtf8("secret")));
        fixture.calls.remove().succeed();
        fixture.calls.remove().answer().accept(new Outcome.Unknown("connection\nreset", null));
        fixture.pass(Duration.ofSeconds(1));
        fixture.calls.remove().answer().accept(new Outcome.Rejected("sold out", true));
        fixture.calls.remove().succeed();

        assertThat(lines.reported())
                .containsExactly(
                        "configured ACCEPTED, now RUNNING",
                        "configured CALL a action attempt 1 to stock, now RUNNING",
                        "configured CALL_FINISHED a action attempt 1 succeeded after 250 ms, now RUNNING",
                        "configured CALL b action attempt 1 to stock, now RUNNING",
                        "configured CALL_FINISHED b action attempt 1 unknown after 0 ms connection\\u000areset;"
                                + " next attempt at 2026-01-01T12:00:00.500Z, now RUNNING",
                        "configured CALL b action attempt 2 to stock, now RUNNING",
                        "configured CALL_FINISHED b action attempt 2 rejected after 750 ms sold out, now UNDOING",
                        "configured DECIDED STEP_REJECTED b: sold out, now UNDOING",
                        "configured CALL a compensate attempt 1 to stock, now UNDOING",
                        "configured CALL_FINISHED a compensate attempt 1 succeeded after 0 ms, now ABORTED",
                        "configured FINISHED, now ABORTED");
        assertThat(lines.events())
                .allSatisfy(line -> assertThat(line.getMDCPropertyMap())
                        .containsEntry("gid", "configured")
                        .containsEntry("traceId", TraceParent.traceIdOf("configured")));
        assertThat(lines.events().get(1).getMDCPropertyMap()).containsEntry("branch", "a");
    }

    @Test
    void an_operation_is_logged_with_its_operator_and_its_reason() {
        select("order");
        fixture.submit("order", "a");
        var _ = fixture.engine.act("order", EngineFixture.park("wait for the bank"));
        succeedAll();
        var _ = fixture.engine.act("order", EngineFixture.abortByForce());

        assertThat(lines.reported())
                .anyMatch(line -> line.contains("PARKED BY_OPERATOR wait for the bank by eve"))
                .contains("order FINISHED enough by eve, now ABORTED");
    }

    @Test
    void a_selection_includes_children_and_expires() {
        select("root");
        fixture.submit("root/child", "a");
        fixture.submit("rooted", "a");
        succeedAll();
        assertThat(lines.reported()).isNotEmpty().allMatch(line -> line.startsWith("root/child "));

        fixture.pass(Duration.ofMinutes(10));
        int before = lines.reported().size();
        fixture.submit("root", "a");
        succeedAll();
        assertThat(lines.reported()).hasSize(before);
    }

    @Test
    void at_most_64_transactions_are_selected_at_a_time() {
        for (int i = 0; i < 64; i++) {
            select("g" + i);
        }
        select("g0");
        assertThatThrownBy(() -> select("one-more")).hasMessageContaining("'one-more' is not logged: 64");
        fixture.pass(Duration.ofMinutes(10));
        select("one-more");
    }

    @Test
    void at_most_200_lines_a_second_are_logged() {
        for (int i = 0; i < 60; i++) {
            fixture.submit("configured/" + i, "a");
            succeedAll();
        }
        assertThat(lines.reported()).hasSize(200);

        fixture.pass(Duration.ofSeconds(1));
        fixture.submit("configured", "a");
        assertThat(lines.reported().get(200)).isEqualTo("40 lines about selected transactions were suppressed");
    }

    @Test
    void a_slow_transaction_logs_one_line_with_the_times() {
        fixture.submit("slow", "a", "b");
        fixture.submit("slow-too", "a");
        EngineFixture.Open first = fixture.calls.remove();
        fixture.pass(Duration.ofSeconds(1));
        assertThat(first.call().permit().mayLeave()).isTrue();
        fixture.pass(Duration.ofSeconds(5));
        succeedAll();
        first.answer().accept(new Outcome.Unknown("reset", null));
        fixture.pass(Duration.ofSeconds(1));
        succeedAll();
        fixture.submit("fast", "a");
        succeedAll();

        assertThat(lines.reported())
                .containsExactly(
                        "slow-too SUCCEEDED after 6.000 s: call a action 6.000 s (attempts: 1), database 0.000 s",
                        "slow SUCCEEDED after 7.000 s: call a action 5.750 s (attempts: 2), limit or connection 1.000"
                                + " s, retry pauses 0.250 s, database 0.000 s, call b action 0.000 s (attempts: 1)");
    }

    @Test
    void the_figures_begin_at_the_last_claim() {
        fixture.submit("moved", "a", "b");
        fixture.calls.remove().answer().accept(new Outcome.Unknown("reset", Duration.ofHours(1)));
        fixture.pass(Duration.ofHours(1));
        fixture.engine.intake().opening().install(fixture.store.claim("moved", null), false);
        fixture.pass(Duration.ofSeconds(3));
        succeedAll();

        assertThat(lines.reported())
                .hasSize(1)
                .allMatch(line -> line.endsWith("; these figures cover the last 3.000 s, since the last claim"));
    }

    @Test
    void a_saga_that_begins_with_its_pivot_has_complete_lines() {
        Plan.Builder plan = Plan.newBuilder()
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("pay")
                                .setPivot(true)
                                .setNoUndo(true)
                                .setAction(EngineFixture.operation())));
        var _ = fixture.engine.accept(EngineFixture.submission("configured", plan));
        fixture.pass(Duration.ofSeconds(3));
        succeedAll();

        assertThat(lines.reported())
                .startsWith("configured ACCEPTED, now RUNNING", "configured PIVOT_CALLED pay action, now RUNNING")
                .endsWith(
                        "configured SUCCEEDED after 3.000 s: call pay action 3.000 s (attempts: 1), database 0.000 s");
    }

    @Test
    void the_wait_for_a_start_time_is_not_part_of_the_queue() {
        var _ = fixture.engine.accept(EngineFixture.scheduled("later", Duration.ofHours(1), Duration.ofHours(2)));
        fixture.pass(Duration.ofHours(1).plusSeconds(4));
        fixture.engine.intake().opening().install(fixture.store.claim("later", null), false);
        succeedAll();

        assertThat(lines.reported())
                .singleElement()
                .asString()
                .startsWith("later SUCCEEDED after 4.000 s: queue 4.000 s, ");
    }
}
