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
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void behind_a_head_that_is_parked_a_message_rests_and_is_due_again() {
        submit("head", null);
        fixture.calls.remove().answer().accept(new Outcome.Failed("no", false));
        assertThat(fixture.store.open("head").parked()).isNotNull();

        submit("next", "head");
        fixture.pass(PATIENCE);

        assertThat(fixture.store.open("next").owner()).isNull();
        assertThat(fixture.store.open("next").dueAt()).isNotNull();
        assertThat(fixture.engine.intake().memory().open()).isZero();
        assertThat(fixture.calls).isEmpty();

        fixture.engine.intake().opening().install(fixture.store.claim("next", null), false);
        assertThat(fixture.store.open("next").owner()).as("at once").isNull();
    }

    @Test
    void one_that_rests_is_due_when_the_delivery_ahead_has_ended_and_not_before() {
        submit("head", null);
        fixture.calls.remove().answer().accept(new Outcome.Failed("no", false));
        submit("next", "head");
        fixture.pass(PATIENCE);
        var _ = fixture.engine.act("head", new TransactionRequest.Retry("eve", "mended", 0));
        assertThat(fixture.store.open("next").dueAt()).isAfter(EngineFixture.NOON);
        fixture.calls.remove().succeed();

        assertThat(fixture.store.open("next").dueAt()).isEqualTo(EngineFixture.NOON);
        fixture.engine.intake().opening().install(fixture.store.claim("next", null), false);
        assertThat(fixture.calls).extracting(open -> open.call().gid()).containsExactly("next");
    }

    @Test
    void behind_a_head_that_waits_for_room_a_message_gives_up_its_own() {
        assertThat(isHeldBehindADueHead(EngineSettings.STANDARD)).isTrue();
        assertThat(isHeldBehindADueHead(EngineSettings.STANDARD.holding(1))).isFalse();
    }

    @Test
    void a_message_behind_one_that_waits_for_room_gives_up_its_own_though_the_head_ended() {
        assertThat(isHeldBehindAnEndedHead(Duration.ZERO)).isFalse();
    }

    @Test
    void a_message_behind_one_at_rest_gives_up_its_room_though_the_shown_head_has_ended() {
        assertThat(isHeldBehindAnEndedHead(Duration.ofHours(1))).isFalse();
    }

    /** @param dueIn when the one in between is due, which has not heard that the head has ended */
    private static boolean isHeldBehindAnEndedHead(Duration dueIn) {
        EngineFixture fixture = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(1));
        var _ = fixture.engine.accept(EngineFixture.message("head", null));
        fixture.calls.remove().answer().accept(new Outcome.NotSent("circuit open", Duration.ofHours(1)));
        queueUp(fixture, "between", "head");
        fixture.pass(PATIENCE);
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
    void a_message_behind_a_begun_one_that_is_due_gives_up_the_room_for_that() {
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
    void behind_a_head_that_is_in_progress_a_message_is_called_as_soon_as_that_is_done() {
        submit("head", null);
        submit("next", "head");
        fixture.pass(Duration.ofMinutes(1));
        assertThat(fixture.calls).hasSize(1);

        fixture.calls.remove().succeed();

        assertThat(fixture.calls).extracting(open -> open.call().gid()).containsExactly("next");
    }

    @Test
    void behind_a_head_that_another_coordinator_ended_a_message_is_called_a_moment_later() {
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
    void one_in_between_of_which_nothing_is_known_any_more_lets_nobody_overtake() {
        submit("head", null);
        fixture.store.ahead.put("between", new Predecessor("head", "delivery-1", null));
        submit("last", "between");
        fixture.pass(PATIENCE);
        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head");

        fixture.calls.remove().succeed();

        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head", "last");
    }

    @Test
    void a_message_published_without_a_subscriber_lets_the_next_overtake_nothing_earlier() {
        publish("before", null, "returns");
        publish("while-away", "before", "stays");
        publish("after", "while-away", "returns", "stays");
        fixture.pass(PATIENCE);
        assertThat(calledOf("delivery-1.returns")).containsExactly("before");

        call("before", "delivery-1.returns").succeed();

        assertThat(calledOf("delivery-1.returns")).containsExactly("before", "after");
    }

    @Test
    void a_message_ended_without_a_subscriber_lets_the_next_overtake_nothing_earlier() {
        publish("before", null, "returns");
        publish("while-away", "before", "stays");
        call("while-away", "delivery-1.stays").succeed();
        assertThat(fixture.store.rows.get("while-away")).isInstanceOf(FinishedRow.class);
        publish("after", "while-away", "returns");
        fixture.pass(PATIENCE);
        assertThat(calledOf("delivery-1.returns")).containsExactly("before");

        call("before", "delivery-1.returns").succeed();

        assertThat(calledOf("delivery-1.returns")).containsExactly("before", "after");
    }

    @Test
    void a_new_subscriber_waits_for_nobody() {
        publish("before", null, "stays");
        publish("while-away", "before", "stays");
        publish("first", "while-away", "stays", "new");

        assertThat(calledOf("delivery-1.new")).containsExactly("first");
    }

    @Test
    void one_that_waits_shows_at_once_what_blocks_it_and_is_not_called() {
        submit("head", null);
        submit("next", "head");

        BranchProgress waiting = fixture.engine.get("next").join().progress().branch(0);
        assertThat(waiting.state()).isEqualTo(BranchState.PENDING);
        assertThat(waiting.blockedBy()).isEqualTo("head");
    }

    @Test
    void one_behind_two_shows_the_first() {
        submit("head", null);
        submit("next", "head");
        submit("last", "next");

        BranchProgress waiting = fixture.engine.get("last").join().progress().branch(0);
        assertThat(waiting.blockedBy()).isEqualTo("head");
    }

    @Test
    void one_behind_a_parked_one_shows_that_one_whatever_it_waited_for() {
        submit("head", null);
        submit("parked", "head");
        var _ = fixture.engine.act("parked", EngineFixture.park("wait")).join();
        submit("last", "parked");

        assertThat(fixture.engine.get("last").join().progress().branch(0).blockedBy())
                .isEqualTo("parked");
    }

    @Test
    void one_that_waits_is_parked_at_once_and_does_not_leave_when_its_turn_comes() {
        submit("head", null);
        submit("next", "head");

        assertThat(fixture.engine.act("next", EngineFixture.park("wait"))).isCompleted();
        fixture.calls.remove().succeed();
        fixture.pass(Duration.ofMinutes(1));

        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head");
        assertThat(fixture.store.open("next").parked()).isNotNull();
    }

    @Test
    void one_that_waits_is_dropped_at_once_and_does_not_leave_when_its_turn_comes() {
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

    /** To those who are subscribed then. */
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
