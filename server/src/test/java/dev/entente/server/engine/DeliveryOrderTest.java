package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Decider;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.Predecessor;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeliveryOrderTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void a_message_behind_a_parked_head_rests_with_a_due_time() {
        submit("head", null);
        fixture.calls.remove().answer().accept(new Outcome.Failed("no", false));
        assertThat(fixture.store.open("head").parked()).isNotNull();

        submit("next", "head");
        fixture.pass(TIMEOUT);

        assertThat(fixture.store.open("next").owner()).isNull();
        assertThat(fixture.store.open("next").dueAt()).isNotNull();
        assertThat(fixture.engine.intake().memory().open()).isZero();
        assertThat(fixture.calls).isEmpty();

        fixture.engine.intake().opening().install(fixture.store.claim("next", null), false);
        assertThat(fixture.store.open("next").owner()).as("at once").isNull();
    }

    @Test
    void a_resting_message_becomes_due_when_the_delivery_ahead_finishes() {
        submit("head", null);
        fixture.calls.remove().answer().accept(new Outcome.Failed("no", false));
        submit("next", "head");
        fixture.pass(TIMEOUT);
        var _ = fixture.engine.act("head", new TransactionRequest.Retry("eve", "fixed", 0));
        assertThat(fixture.store.open("next").dueAt()).isAfter(EngineFixture.NOON);
        fixture.calls.remove().succeed();

        assertThat(fixture.store.open("next").dueAt()).isEqualTo(EngineFixture.NOON);
        fixture.engine.intake().opening().install(fixture.store.claim("next", null), false);
        assertThat(fixture.calls).extracting(open -> open.call().gid()).containsExactly("next");
    }

    @Test
    void a_message_leaves_memory_when_its_head_waits_for_capacity() {
        assertThat(isHeldBehindADueHead(EngineSettings.STANDARD)).isTrue();
        assertThat(isHeldBehindADueHead(EngineSettings.STANDARD.holding(1))).isFalse();
    }

    @Test
    void a_message_behind_a_due_predecessor_leaves_memory_after_the_head_finished() {
        assertThat(isHeldBehindAnEndedHead(Duration.ZERO)).isFalse();
    }

    @Test
    void a_message_behind_a_resting_predecessor_leaves_memory_after_the_head_finished() {
        assertThat(isHeldBehindAnEndedHead(Duration.ofHours(1))).isFalse();
    }

    /** @param dueIn when the delivery in between is due, which does not know yet that the head has finished */
    private static boolean isHeldBehindAnEndedHead(Duration dueIn) {
        EngineFixture fixture = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(1));
        var _ = fixture.engine.accept(EngineFixture.message("head", null));
        fixture.calls.remove().answer().accept(new Outcome.NotSent("circuit open", Duration.ofHours(1)));
        queueUp(fixture, "between", "head");
        fixture.pass(TIMEOUT);
        assertThat(fixture.store.open("between").owner()).isNull();
        fixture.engine.intake().opening().install(fixture.store.claim("head", null), false);
        fixture.pass(Duration.ofHours(3));
        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("head")).isInstanceOf(FinishedRow.class);
        fixture.store.rest("between", fixture.environment.now().plus(dueIn));
        queueUp(fixture, "next", "between");

        fixture.pass(Duration.ofMinutes(1));

        return fixture.store.open("next").owner() != null
                || fixture.engine.intake().memory().open() > 0;
    }

    @Test
    void a_message_behind_a_due_begun_message_leaves_memory() {
        EngineFixture fixture = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(1));
        var _ = fixture.engine.accept(EngineFixture.begunMessage("begun"));
        queueUp(fixture, "next", "begun");
        assertThat(fixture.store.open("next").owner()).isNotNull();

        fixture.pass(Duration.ofMinutes(1));

        assertThat(fixture.store.open("next").owner()).isNull();
    }

    private static void queueUp(EngineFixture fixture, String gid, String before) {
        fixture.store.ahead.put(gid, new Predecessor(before, "delivery-1", null));
        var _ = fixture.engine.accept(EngineFixture.message(gid, null));
    }

    private static boolean isHeldBehindADueHead(EngineSettings settings) {
        EngineFixture fixture = new EngineFixture(new Decider(), settings);
        var _ = fixture.engine.accept(EngineFixture.message("head", null));
        fixture.calls.remove().answer().accept(new Outcome.NotSent("circuit open", Duration.ofHours(1)));
        fixture.store.ahead.put("next", new Predecessor("head", "delivery-1", null));
        var _ = fixture.engine.accept(EngineFixture.message("next", null));
        fixture.pass(Duration.ofHours(3));
        fixture.engine.intake().opening().install(fixture.store.claim("next", null), false);
        return fixture.store.open("next").owner() != null;
    }

    @Test
    void a_message_is_sent_as_soon_as_the_call_of_its_head_succeeds() {
        submit("head", null);
        submit("next", "head");
        fixture.pass(Duration.ofMinutes(1));
        assertThat(fixture.calls).hasSize(1);

        fixture.calls.remove().succeed();

        assertThat(fixture.calls).extracting(open -> open.call().gid()).containsExactly("next");
    }

    @Test
    void a_message_is_sent_soon_after_another_coordinator_finishes_its_head() {
        submit("head", null);
        submit("next", "head");
        EngineFixture other = new EngineFixture();
        var _ = other.engine.accept(EngineFixture.message("head", null));
        other.calls.remove().succeed();

        fixture.store.rows.put("head", other.store.rows.get("head"));
        fixture.pass(Duration.ofMillis(200));

        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head", "next");
    }

    @Test
    void a_message_behind_an_unknown_predecessor_still_waits_for_the_head() {
        submit("head", null);
        fixture.store.ahead.put("between", new Predecessor("head", "delivery-1", null));
        submit("last", "between");
        fixture.pass(TIMEOUT);
        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head");

        fixture.calls.remove().succeed();

        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head", "last");
    }

    @Test
    void a_returning_subscriber_keeps_its_order_after_missing_an_unfinished_message() {
        publish("before", null, "returns");
        publish("while-away", "before", "stays");
        publish("after", "while-away", "returns", "stays");
        fixture.pass(TIMEOUT);
        assertThat(calledOf("delivery-1.returns")).containsExactly("before");

        call("before", "delivery-1.returns").succeed();

        assertThat(calledOf("delivery-1.returns")).containsExactly("before", "after");
    }

    @Test
    void a_returning_subscriber_keeps_its_order_after_missing_a_finished_message() {
        publish("before", null, "returns");
        publish("while-away", "before", "stays");
        call("while-away", "delivery-1.stays").succeed();
        assertThat(fixture.store.rows.get("while-away")).isInstanceOf(FinishedRow.class);
        publish("after", "while-away", "returns");
        fixture.pass(TIMEOUT);
        assertThat(calledOf("delivery-1.returns")).containsExactly("before");

        call("before", "delivery-1.returns").succeed();

        assertThat(calledOf("delivery-1.returns")).containsExactly("before", "after");
    }

    @Test
    void a_new_subscriber_does_not_wait_for_earlier_messages() {
        publish("before", null, "stays");
        publish("while-away", "before", "stays");
        publish("first", "while-away", "stays", "new");

        assertThat(calledOf("delivery-1.new")).containsExactly("first");
    }

    @Test
    void a_waiting_delivery_shows_at_once_the_gid_that_blocks_it() {
        submit("head", null);
        submit("next", "head");

        BranchProgress waiting = fixture.engine.get("next").join().progress().branch(0);
        assertThat(waiting.state()).isEqualTo(BranchState.PENDING);
        assertThat(waiting.blockedBy()).isEqualTo("head");
    }

    @Test
    void a_delivery_behind_two_others_shows_the_first_as_blocker() {
        submit("head", null);
        submit("next", "head");
        submit("last", "next");

        BranchProgress waiting = fixture.engine.get("last").join().progress().branch(0);
        assertThat(waiting.blockedBy()).isEqualTo("head");
    }

    @Test
    void a_delivery_behind_a_parked_delivery_shows_the_parked_gid_as_blocker() {
        submit("head", null);
        submit("parked", "head");
        var _ = fixture.engine.act("parked", EngineFixture.park("wait")).join();
        submit("last", "parked");

        assertThat(fixture.engine.get("last").join().progress().branch(0).blockedBy())
                .isEqualTo("parked");
    }

    @Test
    void a_waiting_delivery_is_parked_at_once_and_is_not_sent_after_its_predecessor() {
        submit("head", null);
        submit("next", "head");

        assertThat(fixture.engine.act("next", EngineFixture.park("wait"))).isCompleted();
        fixture.calls.remove().succeed();
        fixture.pass(Duration.ofMinutes(1));

        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head");
        assertThat(fixture.store.open("next").parked()).isNotNull();
    }

    @Test
    void a_waiting_delivery_is_dropped_at_once_and_is_not_sent_after_its_predecessor() {
        publish("head", null, "goes");
        publish("next", "head", "goes");

        assertThat(fixture.engine.act(
                        "next", new TransactionRequest.Drop("orders", "goes", true, "eve", "unsubscribed")))
                .isCompletedWithValueMatching(after -> after.progress().state() == TransactionState.SUCCEEDED);
        call("head", "delivery-1.goes").succeed();
        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head");
    }

    private List<String> calledOf(String branch) {
        return fixture.everCalled.stream()
                .filter(call -> call.branch().equals(branch))
                .map(BranchCall::gid)
                .toList();
    }

    private EngineFixture.Open call(String gid, String branch) {
        EngineFixture.Open found = fixture.calls.stream()
                .filter(open ->
                        open.call().gid().equals(gid) && open.call().branch().equals(branch))
                .findFirst()
                .orElseThrow();
        fixture.calls.remove(found);
        return found;
    }

    /** Publishes a message while these receivers are subscribed. */
    private void publish(String gid, @Nullable String before, String... subscribers) {
        fixture.subscribe("orders", subscribers);
        submit(gid, before, "orders");
    }

    private void submit(String gid, @Nullable String before) {
        submit(gid, before, null);
    }

    private void submit(String gid, @Nullable String before, @Nullable String topic) {
        if (before != null) {
            fixture.store.ahead.put(gid, new Predecessor(before, "delivery-1", null));
        }
        var _ = fixture.engine.accept(EngineFixture.message(gid, topic));
    }
}
