package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A row that is ours and in nobody's hands is taken in, but not before it is certain that nobody is about to hold it,
 * or to let it go.
 */
class OrphanedRowsTest {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final EngineFixture fixture = new EngineFixture();

    /** A row of this incarnation that another engine of it had written. */
    private void leaveBehind(String gid) {
        EngineFixture other = new EngineFixture();
        other.submit(gid, "one");
        fixture.store.rows.put(gid, other.store.open(gid));
    }

    private CompletableFuture<Integer> look() {
        fixture.engine.intake().orphanedRows().suspect();
        fixture.pass(BETWEEN_LOOKS);
        return fixture.engine.intake().orphanedRows().look();
    }

    @Test
    void one_look_is_not_enough_for_whoever_claimed_it_may_not_have_heard_yet() {
        leaveBehind("a");

        assertThat(look()).isCompletedWithValue(0);
        assertThat(fixture.engine.lookup.mailbox("a")).isNull();
        assertThat(look()).isCompletedWithValue(1);
        assertThat(fixture.calls.remove().call().fence())
                .isEqualTo(fixture.store.open("a").rev() + 1);
    }

    @Test
    void a_row_that_has_moved_between_two_looks_is_looked_at_twice_more() {
        leaveBehind("a");
        assertThat(look()).isCompletedWithValue(0);
        fixture.store.own("a", FakeStore.ME); // its rev grows

        assertThat(look()).isCompletedWithValue(0);
        assertThat(look()).isCompletedWithValue(1);
    }

    @Test
    void a_row_held_when_the_look_began_is_not_taken_in_though_it_was_let_go_meanwhile() {
        leaveBehind("a");
        assertThat(look()).isCompletedWithValue(0);
        fixture.pass(BETWEEN_LOOKS);
        fixture.engine.intake().opening().takeIn(fixture.store.open("a"));
        assertThat(fixture.calls).hasSize(1);

        fixture.store.isHoldingBack = true;
        CompletableFuture<Integer> taken =
                fixture.engine.intake().orphanedRows().look();
        fixture.store.isHoldingBack = false;
        // its last write may still be under way
        Objects.requireNonNull(fixture.engine.lookup.mailbox("a")).abandon();
        fixture.store.answer();

        assertThat(taken).isCompletedWithValue(0);
        assertThat(fixture.calls).hasSize(1);
        assertThat(look()).isCompletedWithValue(1);
    }

    @Test
    void a_row_that_was_sent_again_while_it_was_looked_for_is_looked_for_again() {
        fixture.store.whyNotAnswered = new StoreUnavailable("the answer is lost", null);
        fixture.submit("a", "one");
        fixture.store.whyNotAnswered = null;
        fixture.store.isHoldingBack = true;
        fixture.submit("a", "one");
        fixture.store.isHoldingBack = false;
        fixture.pass(BETWEEN_LOOKS);
        assertThat(fixture.engine.intake().orphanedRows().look()).isCompletedWithValue(0);
        fixture.store.answer();

        lookTwice();

        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void a_row_whose_accept_is_not_answered_yet_is_not_taken_for_a_stray() {
        fixture.store.isHoldingBack = true;
        fixture.submit("a", "one");
        fixture.store.isHoldingBack = false;
        lookTwice();
        lookTwice();
        assertThat(fixture.calls).isEmpty();

        fixture.store.answer();
        assertThat(fixture.calls).hasSize(1);
    }

    // ---- accepts that fail half-way: the row is ours, and somebody must look for it

    @Test
    void a_row_that_was_written_though_the_store_failed_is_looked_for() {
        fixture.store.whyNotAnswered = new StoreFailure("a defect", new IllegalStateException());
        CompletableFuture<Transactions.Accepted> refused = fixture.engine.accept(EngineFixture.submission("a", "one"));
        assertThat(refused).isCompletedExceptionally();

        lookTwice();

        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void a_message_unreadable_once_written_keeps_nobody_waiting_who_sends_it_again() {
        fixture.store.isHoldingBack = true;
        CompletableFuture<Transactions.Accepted> first = fixture.engine.accept(EngineFixture.message("m", "topic"));
        fixture.store.isHoldingBack = false;
        fixture.store.renew("m");
        fixture.store.answer();

        assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Refusal.class);
        assertThat(fixture.mayHold("m")).isFalse();
        assertThat(fixture.engine.accept(EngineFixture.message("m", "topic"))).isCompletedExceptionally();

        lookTwice();

        assertThat(fixture.store.open("m").owner())
                .as("left to a newer coordinator")
                .isNull();
        assertThat(fixture.store.open("m").dueAt()).isNotNull();
    }

    @Test
    void a_message_whose_receivers_could_not_be_read_once_is_delivered_nevertheless() {
        fixture.subscribe("topic", "one", "other");
        fixture.store.whyAway = new StoreUnavailable("the connection broke", null);
        CompletableFuture<Transactions.Accepted> first = fixture.engine.accept(EngineFixture.message("m", "topic"));
        fixture.store.whyAway = null;

        assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Refusal.class);
        assertThat(fixture.engine.accept(EngineFixture.message("m", "topic")))
                .isCompletedWithValueMatching(Transactions.Accepted::isKnown);
        assertThat(fixture.calls).isEmpty();

        lookTwice();

        assertThat(fixture.calls).hasSize(2);
    }

    private void lookTwice() {
        for (int i = 0; i < 2; i++) {
            fixture.pass(BETWEEN_LOOKS);
            fixture.engine.intake().orphanedRows().look().join();
        }
    }
}
