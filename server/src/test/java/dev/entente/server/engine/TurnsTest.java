package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.Ahead;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.transaction.Outcome;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TurnsTest {
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
        assertThat(fixture.engine.open()).isZero();
        assertThat(fixture.calls).isEmpty();

        fixture.engine.install(fixture.store.claim("next", null), false);
        assertThat(fixture.store.open("next").owner()).as("at once").isNull();
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
    void one_in_between_of_which_nothing_is_known_any_more_lets_nobody_overtake() {
        submit("head", null);
        fixture.store.ahead.put("between", new Ahead("head", "delivery-1", null));
        submit("last", "between");
        fixture.pass(PATIENCE);
        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head");

        fixture.calls.remove().succeed();

        assertThat(fixture.everCalled).extracting(BranchCall::gid).containsExactly("head", "last");
    }

    @Test
    void one_published_while_a_subscriber_was_away_lets_the_next_one_overtake_nothing_from_before() {
        publish("before", null, "returns");
        publish("while-away", "before", "stays");
        publish("after", "while-away", "returns", "stays");
        fixture.pass(PATIENCE);
        assertThat(calledOf("delivery-1.returns")).containsExactly("before");

        call("before", "delivery-1.returns").succeed();

        assertThat(calledOf("delivery-1.returns")).containsExactly("before", "after");
    }

    @Test
    void one_that_has_ended_while_a_subscriber_was_away_lets_the_next_one_overtake_nothing_from_before() {
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
            fixture.store.ahead.put(gid, new Ahead(before, "delivery-1", null));
        }
        var _ = fixture.engine.accept(EngineFixture.message(gid, topic));
    }
}
