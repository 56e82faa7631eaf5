package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Dropped deliveries: after an unsubscribe, or skipped by an operator. */
class DroppingTest {
    private static Sketch toStockAndMail() {
        return message(
                        step("delivery-1.stock").attempts(2).backoff(Duration.ofHours(1)),
                        step("delivery-1.mail").attempts(2).backoff(Duration.ofHours(1)))
                .published("delivery-1", "orders");
    }

    private static Play unsubscribe(Play play, String subscriber) {
        return play.request(new TransactionRequest.Drop("orders", subscriber, true, "admin", "unsubscribed"));
    }

    @Test
    void a_message_parked_by_an_operator_stays_parked_after_an_unsubscribe() {
        Play play = Play.of(toStockAndMail())
                .unknown("delivery-1.stock")
                .unknown("delivery-1.mail")
                .park();
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);

        assertThat(unsubscribe(play, "stock").answer()).isEqualTo("done");

        assertThat(play.later(Duration.ofHours(2)).calls()).isEmpty();
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.stateOf("delivery-1.stock")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.retry().calls()).containsExactly("delivery-1.mail deliver");
    }

    @Test
    void a_skipped_delivery_keeps_the_last_error_of_its_receiver() {
        Play play = Play.of(toStockAndMail()).reject("delivery-1.stock").succeed("delivery-1.mail");

        assertThat(play.request(new TransactionRequest.Skip("op", "not needed", 0))
                        .answer())
                .isEqualTo("done");

        assertThat(play.stateOf("delivery-1.stock")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.branch("delivery-1.stock").tried().lastError()).isEqualTo("no");
        assertThat(play.transaction().progress().history().events())
                .anyMatch(event -> event.fact() instanceof Fact.Dropped dropped
                        && dropped.detail().equals("not needed"));
    }

    @Test
    void an_unsubscribe_waits_for_a_call_in_flight_only_if_the_request_allows_a_wait() {
        Play play = Play.of(toStockAndMail());

        assertThat(play.request(new TransactionRequest.Drop("orders", "stock", false, "admin", "unsubscribed"))
                        .answer())
                .isEqualTo("ENT-055");
        assertThat(unsubscribe(play, "stock").answer()).isEqualTo("put off");
        assertThat(play.unknown("delivery-1.stock").answer()).isEqualTo("done");
    }

    @Test
    void an_unsubscribe_does_not_wait_for_a_dead_coordinators_call() {
        Play play = Play.of(toStockAndMail()).crashAndAdopt();
        assertThat(play.unknown("delivery-1.stock").unknown("delivery-1.mail").calls())
                .isEmpty();

        assertThat(unsubscribe(play, "stock").answer()).isEqualTo("done");
        assertThat(play.stateOf("delivery-1.stock")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void a_message_stays_parked_for_another_subscribers_refused_delivery() {
        Play play = Play.of(toStockAndMail()).fail("delivery-1.stock").fail("delivery-1.mail");
        assertThat(play.parked()).isEqualTo(ParkReason.DELIVERY_REFUSED);

        assertThat(unsubscribe(play, "mail").parked()).isEqualTo(ParkReason.DELIVERY_REFUSED);
        assertThat(unsubscribe(play, "stock").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void an_unsubscribe_keeps_a_message_parked_after_too_many_takeovers() {
        Play play = Play.of(toStockAndMail()).fail("delivery-1.mail").flushDue();
        while (play.parked() == null) {
            play.crashAndAdopt();
        }
        assertThat(play.parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);

        unsubscribe(play.later(Duration.ofMinutes(1)), "mail");

        assertThat(play.parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);
        assertThat(play.calls()).isEmpty();
    }

    @Test
    void the_refusal_of_an_unsubscribe_waits_until_the_delivery_is_durable() {
        Play play = Play.of(toStockAndMail()).withSlowStore().succeed("delivery-1.stock");

        unsubscribe(play, "stock");
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.write()).isEqualTo("Flush");

        assertThat(play.written().answer()).isEqualTo("ENT-040");
        assertThat(play.refusal()).hasMessageContaining("there is no open delivery to 'stock'");
        assertThat(play.stateOf("delivery-1.stock")).isEqualTo(BranchState.DONE);
    }

    @Test
    void a_skip_of_a_stuck_saga_step_is_refused() {
        Play play = Play.of(saga(step("a"))).misconfigured("a").request(new TransactionRequest.Skip("op", "enough", 0));

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.refusal()).hasMessageContaining("only deliveries of an open message");
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
    }
}
