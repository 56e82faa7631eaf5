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

/** The answers to acts that are refused. */
final class RefusedRequestsTest {
    private static final Duration DAY = Duration.ofDays(1);

    private static Play asked(Approval.Expiry onExpiry) {
        return Play.of(saga(step("manager").approval(DAY, onExpiry), step("pay")));
    }

    private static @Nullable String reported(Play play) {
        return play.refusal().getMessage();
    }

    @Test
    void an_answer_that_was_given_stands() {
        assertThat(reported(asked(REJECT).approve("manager").disapprove("manager")))
                .endsWith("'manager' is already approved");
        assertThat(asked(REJECT).approve("manager").approve("manager").answer()).isEqualTo("done");
    }

    @Test
    void an_answer_after_the_time_is_told_that_nobody_had_answered() {
        Play late = asked(APPROVE);
        late.later(DAY);

        assertThat(reported(late.disapprove("manager")))
                .endsWith("'manager' is already approved: there was no decision in time");
    }

    @Test
    void an_abort_past_the_pivot_says_what_keeps_it_from_turning() {
        Play pivot = Play.of(saga(step("pay").pivot(), step("ship")));
        Play message = Play.of(message(step("delivery-1")));

        assertThat(reported(pivot.abort())).contains("the call of the pivot may have been sent");
        assertThat(reported(message.abort())).contains("cannot be taken back");
    }

    @Test
    void a_retry_where_a_client_or_a_person_is_awaited_says_whom() {
        assertThat(reported(Play.begun(tcc()).retry())).contains("waits for the decision of its client");
        assertThat(reported(asked(REJECT).retry())).contains("the transaction waits only for an approval");
        Play later = Play.scheduled(saga(step("a")), Play.START.plus(DAY));
        assertThat(reported(later.retry())).contains("the transaction starts at " + Play.START.plus(DAY));
    }
}
