package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Transactions of another incarnation: requests that are forwarded, and requests that are answered locally. */
class OwnedElsewhereTest {
    private static final long OTHER = 9;
    private static final Submission SCHEDULED = EngineFixture.scheduled("s", Duration.ofHours(1), Duration.ofHours(2));

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void a_second_accept_is_answered_from_the_row() {
        var _ = fixture.engine.accept(SCHEDULED);
        fixture.store.own("s", OTHER);

        Transactions.Accepted again = fixture.engine.accept(SCHEDULED).join();
        assertThat(again.isKnown()).isTrue();
        assertThat(again.snapshot().owner()).isEqualTo(OTHER);
    }

    @Test
    void a_view_that_waits_for_a_lost_local_write_is_answered_from_the_row() {
        var _ = fixture.engine.accept(SCHEDULED);
        fixture.store.isHoldingBack = true;
        var _ = fixture.engine.act("s", new TransactionRequest.Abort("enough", "eve", false, 0));
        fixture.store.own("s", OTHER);
        Objects.requireNonNull(fixture.store.answers.poll()).run(); // the row as it was
        CompletableFuture<Snapshot> fetched = fixture.engine.get("s");
        CompletableFuture<Snapshot> viewed = fixture.engine.view("s");
        assertThat(viewed).isNotDone();

        fixture.store.isHoldingBack = false;
        fixture.store.answer();

        assertForwarded(fetched);
        assertThat(viewed.join().owner()).isEqualTo(OTHER);
    }

    @Test
    void a_get_is_answered_from_the_table_while_an_operation_is_being_written() {
        var _ = fixture.engine.accept(SCHEDULED);
        fixture.store.isHoldingBack = true;
        var _ = fixture.engine.act("s", new TransactionRequest.Abort("enough", "eve", false, 0));
        fixture.store.own("s", OTHER);
        Objects.requireNonNull(fixture.store.answers.poll()).run(); // the row as it was
        CompletableFuture<Snapshot> fetched = fixture.engine.get("s");

        assertThat(fixture.store.answers).as("the write and the read").hasSize(2);
        Objects.requireNonNull(fixture.store.answers.pollLast()).run();
        assertForwarded(fetched);
    }

    private static void assertForwarded(CompletableFuture<Snapshot> response) {
        assertThat(response).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(OwnedElsewhere.class);
    }

    // ---- a client that may not see any of these transactions

    private void open() {
        fixture.submit("here", "a");
        var _ = fixture.engine.accept(EngineFixture.scheduled("rests", Duration.ofHours(1), Duration.ofHours(2)));
        var _ = fixture.engine.accept(EngineFixture.scheduled("elsewhere", Duration.ofHours(1), Duration.ofHours(2)));
        fixture.store.own("elsewhere", OTHER);
    }

    private CompletableFuture<Snapshot> get(String gid) {
        return fixture.engine.get(gid, _ -> false);
    }

    private CompletableFuture<Snapshot> view(String gid) {
        return fixture.engine.view(gid, _ -> false);
    }

    @Test
    void an_unauthorized_client_receives_not_found_after_one_table_read() {
        open();
        for (String gid : new String[] {"here", "rests", "elsewhere", "absent"}) {
            int before = fixture.store.reads;
            assertThat(get(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("ENT-030");
            assertThat(view(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("ENT-030");
            assertThat(fixture.store.reads).as(gid).isEqualTo(before + 2);
        }
    }

    @Test
    void an_unauthorized_client_gets_an_error_while_the_database_is_unavailable() {
        open();
        fixture.store.whyUnavailable = new IllegalStateException("away");
        for (String gid : new String[] {"here", "rests", "elsewhere", "absent"}) {
            assertThat(get(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("away");
            assertThat(view(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("away");
        }
        assertThat(fixture.engine.get("here", _ -> true).join().gid()).isEqualTo("here");
    }

    @Test
    void an_authorized_client_receives_local_rows_and_a_referral_to_the_owner() {
        open();
        var _ = fixture.engine.act("here", new TransactionRequest.Park("eve", "enough", 0));
        assertThat(fixture.engine.get("here", _ -> true).join().gid()).isEqualTo("here");
        assertThat(fixture.engine.get("rests", _ -> true).join().gid()).isEqualTo("rests");
        assertThat(fixture.engine.view("elsewhere", _ -> true).join().owner()).isEqualTo(OTHER);
        assertForwarded(fixture.engine.get("elsewhere"));
        assertForwarded(fixture.engine.get("elsewhere", _ -> true));
        assertThat(fixture.engine.get("absent", _ -> true))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(Refusal.class);
    }
}
