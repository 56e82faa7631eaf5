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
 * A row that this incarnation owns but does not hold in memory is taken in only when no other task is about to load or
 * release the row.
 */
class OrphanedRowsTest {
    private static final Duration BETWEEN_SEARCHES = Duration.ofSeconds(2);

    private final EngineFixture fixture = new EngineFixture();

    /** Adds a row of this incarnation that another engine of the incarnation wrote. */
    private void leaveBehind(String gid) {
        EngineFixture other = new EngineFixture();
        other.submit(gid, "one");
        fixture.store.rows.put(gid, other.store.open(gid));
    }

    private CompletableFuture<Integer> scan() {
        fixture.engine.intake().orphanedRows().noteOrphans();
        fixture.pass(BETWEEN_SEARCHES);
        return fixture.engine.intake().orphanedRows().scan();
    }

    @Test
    void an_orphaned_row_is_taken_in_only_by_the_second_search() {
        leaveBehind("a");

        assertThat(scan()).isCompletedWithValue(0);
        assertThat(fixture.engine.lookup.mailbox("a")).isNull();
        assertThat(scan()).isCompletedWithValue(1);
        assertThat(fixture.calls.remove().call().fence())
                .isEqualTo(fixture.store.open("a").rev() + 1);
    }

    @Test
    void a_row_changed_between_two_searches_needs_two_more_searches() {
        leaveBehind("a");
        assertThat(scan()).isCompletedWithValue(0);
        fixture.store.own("a", FakeStore.ME); // its rev grows

        assertThat(scan()).isCompletedWithValue(0);
        assertThat(scan()).isCompletedWithValue(1);
    }

    @Test
    void a_row_released_during_a_search_is_not_taken_in_by_the_search() {
        leaveBehind("a");
        assertThat(scan()).isCompletedWithValue(0);
        fixture.pass(BETWEEN_SEARCHES);
        fixture.engine.intake().opening().takeIn(fixture.store.open("a"));
        assertThat(fixture.calls).hasSize(1);

        fixture.store.isHoldingBack = true;
        CompletableFuture<Integer> taken =
                fixture.engine.intake().orphanedRows().scan();
        fixture.store.isHoldingBack = false;
        // its last write may still be in progress
        Objects.requireNonNull(fixture.engine.lookup.mailbox("a")).abandon();
        fixture.store.answer();

        assertThat(taken).isCompletedWithValue(0);
        assertThat(fixture.calls).hasSize(1);
        assertThat(scan()).isCompletedWithValue(1);
    }

    @Test
    void a_row_submitted_again_during_a_search_is_found_by_later_searches() {
        fixture.store.whyNotAnswered = new StoreUnavailable("the answer is lost", null);
        fixture.submit("a", "one");
        fixture.store.whyNotAnswered = null;
        fixture.store.isHoldingBack = true;
        fixture.submit("a", "one");
        fixture.store.isHoldingBack = false;
        fixture.pass(BETWEEN_SEARCHES);
        assertThat(fixture.engine.intake().orphanedRows().scan()).isCompletedWithValue(0);
        fixture.store.answer();

        searchTwice();

        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void a_row_with_a_pending_accept_is_not_an_orphaned_row() {
        fixture.store.isHoldingBack = true;
        fixture.submit("a", "one");
        fixture.store.isHoldingBack = false;
        searchTwice();
        searchTwice();
        assertThat(fixture.calls).isEmpty();

        fixture.store.answer();
        assertThat(fixture.calls).hasSize(1);
    }

    // ---- accepts that fail after the row was written: a search must find the row

    @Test
    void a_row_written_by_a_failed_accept_is_found_by_a_search() {
        fixture.store.whyNotAnswered = new StoreFailure("a defect", new IllegalStateException());
        CompletableFuture<Transactions.Accepted> refused = fixture.engine.accept(EngineFixture.submission("a", "one"));
        assertThat(refused).isCompletedExceptionally();

        searchTwice();

        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void repeated_submissions_of_a_message_in_a_newer_format_fail_at_once() {
        fixture.store.isHoldingBack = true;
        CompletableFuture<Transactions.Accepted> first = fixture.engine.accept(EngineFixture.message("m", "topic"));
        fixture.store.isHoldingBack = false;
        fixture.store.renew("m");
        fixture.store.answer();

        assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Refusal.class);
        assertThat(fixture.mayHold("m")).isFalse();
        assertThat(fixture.engine.accept(EngineFixture.message("m", "topic"))).isCompletedExceptionally();

        searchTwice();

        assertThat(fixture.store.open("m").owner())
                .as("left to a newer coordinator")
                .isNull();
        assertThat(fixture.store.open("m").dueAt()).isNotNull();
    }

    @Test
    void a_message_is_delivered_after_one_failed_read_of_its_receivers() {
        fixture.subscribe("topic", "one", "other");
        fixture.store.whyUnavailable = new StoreUnavailable("the connection broke", null);
        CompletableFuture<Transactions.Accepted> first = fixture.engine.accept(EngineFixture.message("m", "topic"));
        fixture.store.whyUnavailable = null;

        assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Refusal.class);
        assertThat(fixture.engine.accept(EngineFixture.message("m", "topic")))
                .isCompletedWithValueMatching(Transactions.Accepted::isKnown);
        assertThat(fixture.calls).isEmpty();

        searchTwice();

        assertThat(fixture.calls).hasSize(2);
    }

    private void searchTwice() {
        for (int i = 0; i < 2; i++) {
            fixture.pass(BETWEEN_SEARCHES);
            fixture.engine.intake().orphanedRows().scan().join();
        }
    }
}
