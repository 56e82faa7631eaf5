package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.WaitKind;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Calls that wait to be sent while their transaction continues, or leaves this coordinator. */
class PermitTest {
    private final EngineFixture fixture = new EngineFixture();

    private EngineFixture.Open waiting() {
        return fixture.calls.removeFirst();
    }

    private static void assertPermitted(BranchCall call, boolean isPermitted) {
        assertThat(call.permit().mayWait()).isEqualTo(isPermitted);
        assertThat(call.permit().mayLeave()).isEqualTo(isPermitted);
    }

    @Test
    void a_forward_call_that_waits_at_the_deadline_is_not_sent() {
        var _ = fixture.engine.accept(EngineFixture.scheduled("gid", Duration.ZERO, Duration.ofSeconds(5)));
        EngineFixture.Open waiting = waiting();

        fixture.pass(Duration.ofMillis(4999));
        assertPermitted(waiting.call(), true);
        fixture.pass(Duration.ofMillis(1));
        assertPermitted(waiting.call(), false);

        waiting.answer().accept(new Outcome.NotSent("not wanted any more", Duration.ofSeconds(1)));
        assertThat(fixture.engine.intake().memory().open())
                .as("nothing had left")
                .isZero();
    }

    @Test
    void a_forward_call_that_waits_for_a_connection_is_shown_as_unsent() {
        var _ = fixture.engine.accept(EngineFixture.scheduled("gid", Duration.ZERO, Duration.ofSeconds(5)));
        BranchCall call = waiting().call();

        call.permit().waits("no connection yet", false);

        assertThat(shown()).isEqualTo(new Unsent("no connection yet", null));
        call.permit().waits(null, false);
        assertThat(shown()).isNull();
    }

    @Test
    void a_pre_commit_that_waits_for_a_connection_is_shown_as_unsent() {
        Operation call = EngineFixture.operation();
        TwoPhase plan = TwoPhase.newBuilder()
                .addBranches(XaBranch.newBuilder()
                        .setId("a")
                        .setPrepare(call)
                        .setPreCommit(call)
                        .setCommit(call)
                        .setRollback(call))
                .build();
        var _ = fixture.engine.accept(
                EngineFixture.submission("gid", Plan.newBuilder().setTwoPhase(plan)));
        waiting().succeed();
        BranchCall preCommit = waiting().call();

        preCommit.permit().waits("no connection yet", false);

        assertThat(preCommit.op()).isEqualTo("pre_commit");
        assertThat(fixture.engine.view("gid").join().progress().branch(1).next().unsent())
                .isEqualTo(new Unsent("no connection yet", null));
        assertThat(fixture.engine.holds(List.of("gid")).get("gid")).containsExactly(Map.entry(1, WaitKind.CONNECTING));
    }

    private @Nullable Unsent shown() {
        return fixture.engine.view("gid").join().progress().branch(0).next().unsent();
    }

    @Test
    void each_call_is_signed_with_the_time_of_the_database() {
        fixture.submit("saga", "a");
        var _ = fixture.engine.accept(EngineFixture.scheduled("deadline", Duration.ZERO, Duration.ofSeconds(5)));
        var _ = fixture.engine.accept(EngineFixture.begunMessage("message"));
        fixture.pass(Duration.ofMinutes(20));
        fixture.engine.intake().opening().install(fixture.store.claim("message", null), true);

        assertThat(fixture.everCalled).extracting(call -> call.op()).contains("action", "check");
        assertThat(fixture.everCalled)
                .allSatisfy(call -> assertThat(call.permit().now()).isEqualTo(fixture.environment.now()));
    }

    @Test
    void an_undo_call_is_permitted_after_the_deadline() {
        var _ = fixture.engine.accept(EngineFixture.scheduled("gid", Duration.ZERO, Duration.ofSeconds(5)));
        fixture.pass(Duration.ofSeconds(6));
        waiting().succeed();

        fixture.pass(Duration.ofSeconds(60));
        assertThat(fixture.calls.getFirst().call().op()).isEqualTo("compensate");
        assertPermitted(fixture.calls.getFirst().call(), true);
    }

    @Test
    void no_call_is_permitted_from_a_mailbox_stopped_by_a_defect() {
        fixture.submit("gid", "a");
        EngineFixture.Open waiting = waiting();
        assertPermitted(waiting.call(), true);

        fixture.store.whyNotWritten = new StoreFailure("a defect", new IllegalStateException());
        var _ = fixture.engine.act("gid", new TransactionRequest.Retry("operator", "now", 0));

        assertPermitted(waiting.call(), false);
    }
}
