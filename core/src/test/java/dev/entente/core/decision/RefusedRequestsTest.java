package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static dev.entente.core.transaction.Approval.Expiry.APPROVE;
import static dev.entente.core.transaction.Approval.Expiry.REJECT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Approval;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The messages of refused requests. */
final class RefusedRequestsTest {
    private static final Duration DAY = Duration.ofDays(1);

    private static Play awaitingApproval(Approval.Expiry onExpiry) {
        return Play.of(saga(step("manager").approval(DAY, onExpiry), step("pay")));
    }

    private static @Nullable String reported(Play play) {
        return play.refusal().getMessage();
    }

    @Test
    void a_decided_approval_refuses_a_contrary_decision() {
        assertThat(reported(awaitingApproval(REJECT).approve("manager").disapprove("manager")))
                .endsWith("'manager' is already approved");
        assertThat(awaitingApproval(REJECT)
                        .approve("manager")
                        .approve("manager")
                        .answer())
                .isEqualTo("done");
    }

    @Test
    void a_late_decision_reports_that_the_approval_expired() {
        Play late = awaitingApproval(APPROVE);
        late.later(DAY);

        assertThat(reported(late.disapprove("manager")))
                .endsWith("'manager' is already approved: there was no decision in time");
    }

    @Test
    void a_refused_abort_states_why_the_transaction_cannot_be_undone() {
        Play pivot = Play.of(saga(step("pay").pivot(), step("ship")));
        Play message = Play.of(message(step("delivery-1")));

        assertThat(reported(pivot.abort())).contains("the call of the pivot may have been sent");
        assertThat(reported(message.abort())).contains("cannot be taken back");
    }

    @Test
    void a_refused_retry_names_the_awaited_client_approval_or_start_time() {
        assertThat(reported(Play.begun(tcc()).retry())).contains("waits for the decision of its client");
        assertThat(reported(awaitingApproval(REJECT).retry())).contains("the transaction waits only for an approval");
        Play later = Play.scheduled(saga(step("a")), Play.START.plus(DAY));
        assertThat(reported(later.retry())).contains("the transaction starts at " + Play.START.plus(DAY));
    }
}
