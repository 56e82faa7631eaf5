package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.OutcomeKind.FAILED;
import static dev.entente.simulation.reference.OutcomeKind.GONE;
import static dev.entente.simulation.reference.OutcomeKind.IN_PROGRESS;
import static dev.entente.simulation.reference.OutcomeKind.OK;
import static dev.entente.simulation.reference.OutcomeKind.REJECTED;
import static dev.entente.simulation.reference.OutcomeKind.SILENCE;
import static dev.entente.simulation.reference.Plans.message;
import static dev.entente.simulation.reference.Plans.millis;
import static dev.entente.simulation.reference.Plans.notification;
import static dev.entente.simulation.reference.Plans.twoPhase;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.simulation.reference.wire.ApiPlan;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests of the rules in rules.md, two-phase.md, message.md, topics.md and notification.md. */
final class OtherRulesTest {
    private static final String PREPARE = "prepare";
    private static final String DELIVER = "deliver";

    // ---- two-phase

    @Test
    void pre_commits_are_sent_after_every_prepare_has_succeeded() {
        RuleScenario three = RuleScenario.of(twoPhase(true, "a", "b"));
        assertThat(three.mayLeave()).containsExactly("a/prepare", "b/prepare");
        assertThat(three.does("a", PREPARE, OK).mayLeave()).containsExactly("b/prepare");
        assertThat(three.does("b", PREPARE, OK).mayLeave()).containsExactly("a/pre_commit", "b/pre_commit");
        three.does("a", "pre_commit", OK).decidesToComplete();
        assertThat(three.broken()).containsExactly("Who is completed 1");
    }

    @Test
    void a_refused_pre_commit_rolls_back_all_prepared_branches() {
        RuleScenario three = RuleScenario.of(twoPhase(true, "a", "b"));
        three.does("a", PREPARE, OK).does("b", PREPARE, OK).does("a", "pre_commit", REJECTED);
        assertThat(three.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "b"), Set.of()));
    }

    @Test
    void a_decision_never_changes() {
        RuleScenario two =
                RuleScenario.of(twoPhase(false, "a")).does("a", PREPARE, OK).decidesToComplete();
        assertThat(two.mayLeave()).containsExactly("a/commit");
        two.asks(new Request.Abort()).decidesToUndo();
        assertThat(two.broken()).contains("Who is completed 4");
    }

    @Test
    void a_vote_after_the_deadline_aborts_the_transaction() {
        RuleScenario two = RuleScenario.of(twoPhase(false, "a").setDeadline(millis(1000)));
        two.calls("a", PREPARE).at(1000).hears("a", PREPARE, OK);
        assertThat(two.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    // ---- message

    @Test
    void deliveries_are_sent_at_once_and_a_refused_delivery_blocks_no_other() {
        RuleScenario message = RuleScenario.of(message("", false, 3));
        assertThat(message.mayLeave())
                .containsExactly("delivery-1/deliver", "delivery-2/deliver", "delivery-3/deliver");
        message.does("delivery-1", DELIVER, REJECTED);
        assertThat(message.mayLeave()).containsExactly("delivery-2/deliver", "delivery-3/deliver");
        assertThat(message.asks(new Request.Abort()).decidesToUndo().broken()).containsExactly("Switch to undo 1");
    }

    @Test
    void no_message_is_delivered_before_the_decision() {
        RuleScenario message = RuleScenario.begun(message("", true, 1).build());
        message.sees(new Observation.Claimed(10_000, 1, Observation.Found.NEVER_RUN))
                .at(10_000);
        assertThat(message.mayLeave()).containsExactly("check-back/check");
        message.does("check-back", "check", OK);
        assertThat(message.calls("delivery-1", DELIVER).broken()).containsExactly("Forward 1");
        message.hears("delivery-1", DELIVER, SILENCE);
        assertThat(message.writes(Stage.RUNNING).mayLeave()).containsExactly("delivery-1/deliver");
    }

    @Test
    void the_check_back_is_not_called_before_its_time() {
        RuleScenario message = RuleScenario.begun(message("", true, 1).build());
        message.sees(new Observation.Claimed(5, 1, Observation.Found.NEVER_RUN)).at(5);
        assertThat(message.mayLeave()).isEmpty();
    }

    @Test
    void a_rejected_check_back_aborts_the_message() {
        RuleScenario message = RuleScenario.begun(message("", true, 1).build());
        message.sees(new Observation.Claimed(10_000, 1, Observation.Found.NEVER_RUN))
                .at(10_000);
        message.does("check-back", "check", FAILED);
        assertThat(message.ending()).isNull();
        message.does("check-back", "check", REJECTED).writes(Stage.ABORTED);
        assertThat(message.broken()).isEmpty();
    }

    @Test
    void a_delivery_with_an_ordering_key_waits_for_its_queue_position() {
        RuleScenario message = RuleScenario.of(message("order-7", false, 2));
        assertThat(message.mayLeave()).isEmpty();
        message.sees(new Observation.FirstInQueue(1, "delivery-1"));
        assertThat(message.mayLeave()).containsExactly("delivery-1/deliver");
    }

    @Test
    void the_next_unfinished_delivery_follows_the_head_of_a_queue() {
        RulePlan plan = new ApiPlan(message("k", false, 1).build(), false, 0, Map.of()).rulePlan();
        QueueOrderRules queues = new QueueOrderRules();
        assertThat(queues.accepted("one", plan)).containsExactly(new QueueOrderRules.Delivery("one", "delivery-1"));
        assertThat(queues.accepted("two", plan)).isEmpty();
        assertThat(queues.ended("two", "delivery-1")).isEmpty();
        assertThat(queues.accepted("three", plan)).isEmpty();
        assertThat(queues.ended("one")).isEqualTo(List.of(new QueueOrderRules.Delivery("three", "delivery-1")));
    }

    @Test
    void a_delivery_resumed_with_a_slow_clock_is_called_again() {
        RuleScenario message = RuleScenario.of(message("", false, 1)).at(10);
        message.does("delivery-1", DELIVER, FAILED).asks(new Request.Resume());
        message.notes(new RecordEntry.Resumed(1)).flushes().isAnswered(true);
        message.does("delivery-1", DELIVER, IN_PROGRESS).flushes().takenOver(List.of());
        assertThat(message.mayLeave()).containsExactly("delivery-1/deliver");
    }

    // ---- notification

    @Test
    void a_notification_without_acknowledgement_is_given_up_at_the_limit() {
        RuleScenario hook = RuleScenario.of(notification()).does("deliver", DELIVER, REJECTED);
        assertThat(hook.mayLeave()).containsExactly("deliver/deliver");
        assertThat(hook.does("deliver", DELIVER, FAILED).mayLeave()).isEmpty();
        assertThat(hook.writes(Stage.GIVEN_UP).broken()).isEmpty();
    }

    @Test
    void a_notification_to_a_receiver_that_is_gone_is_given_up_at_once() {
        RuleScenario hook = RuleScenario.of(notification()).does("deliver", DELIVER, GONE);
        assertThat(hook.ending()).isEqualTo(new Ending(Stage.GIVEN_UP, Set.of(), Set.of()));
    }

    @Test
    void giving_up_before_the_last_attempt_is_a_violation() {
        RuleScenario hook = RuleScenario.of(notification()).does("deliver", DELIVER, FAILED);
        assertThat(hook.writes(Stage.GIVEN_UP).broken()).containsExactly("Ends");
    }

    @Test
    void a_notification_acknowledged_after_the_deadline_has_succeeded() {
        RuleScenario hook =
                RuleScenario.of(notification().setDeadline(millis(1000))).calls("deliver", DELIVER);
        hook.at(1500).hears("deliver", DELIVER, OK);
        assertThat(hook.ending()).isEqualTo(new Ending(Stage.SUCCEEDED, Set.of(), Set.of()));
        assertThat(hook.writes(Stage.SUCCEEDED).broken()).isEmpty();
    }
}
