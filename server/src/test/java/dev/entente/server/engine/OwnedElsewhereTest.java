package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Transactions that another incarnation has taken over: which requests go there, and which are answered here. */
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
    void a_view_that_waits_for_a_write_here_is_answered_from_the_row_if_that_is_lost() {
        var _ = fixture.engine.accept(SCHEDULED);
        fixture.store.isHoldingBack = true;
        var _ = fixture.engine.act("s", new TransactionRequest.Abort("enough", "eve", false, 0));
        fixture.store.own("s", OTHER);
        Objects.requireNonNull(fixture.store.answers.poll()).run(); // the row as it was
        CompletableFuture<Snapshot> looked = fixture.engine.get("s");
        CompletableFuture<Snapshot> viewed = fixture.engine.view("s");
        assertThat(viewed).isNotDone();

        fixture.store.isHoldingBack = false;
        fixture.store.answer();

        assertSentToTheOther(looked);
        assertThat(viewed.join().owner()).isEqualTo(OTHER);
    }

    @Test
    void a_row_that_was_only_read_for_an_act_answers_itself_while_the_act_is_written() {
        var _ = fixture.engine.accept(SCHEDULED);
        fixture.store.isHoldingBack = true;
        var _ = fixture.engine.act("s", new TransactionRequest.Abort("enough", "eve", false, 0));
        fixture.store.own("s", OTHER);
        Objects.requireNonNull(fixture.store.answers.poll()).run(); // the row as it was
        CompletableFuture<Snapshot> looked = fixture.engine.get("s");

        assertThat(fixture.store.answers).as("the write and the look").hasSize(2);
        Objects.requireNonNull(fixture.store.answers.pollLast()).run();
        assertSentToTheOther(looked);
    }

    private static void assertSentToTheOther(CompletableFuture<Snapshot> asked) {
        assertThat(asked).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(OwnedElsewhere.class);
    }

    // ---- a stranger, who may know of nothing here

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
    void each_answer_is_that_there_is_none_and_costs_one_look_at_the_table() {
        open();
        for (String gid : new String[] {"here", "rests", "elsewhere", "absent"}) {
            int before = fixture.store.reads;
            assertThat(get(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("ENT-030");
            assertThat(view(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("ENT-030");
            assertThat(fixture.store.reads).as(gid).isEqualTo(before + 2);
        }
    }

    @Test
    void while_the_database_is_away_the_memory_tells_a_stranger_nothing() {
        open();
        fixture.store.whyAway = new IllegalStateException("away");
        for (String gid : new String[] {"here", "rests", "elsewhere", "absent"}) {
            assertThat(get(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("away");
            assertThat(view(gid)).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("away");
        }
        assertThat(fixture.engine.get("here", _ -> true).join().gid()).isEqualTo("here");
    }

    @Test
    void who_may_know_of_it_is_answered_as_anybody_was() {
        open();
        var _ = fixture.engine.act("here", new TransactionRequest.Park("eve", "enough", 0));
        assertThat(fixture.engine.get("here", _ -> true).join().gid()).isEqualTo("here");
        assertThat(fixture.engine.get("rests", _ -> true).join().gid()).isEqualTo("rests");
        assertThat(fixture.engine.view("elsewhere", _ -> true).join().owner()).isEqualTo(OTHER);
        assertSentToTheOther(fixture.engine.get("elsewhere"));
        assertSentToTheOther(fixture.engine.get("elsewhere", _ -> true));
        assertThat(fixture.engine.get("absent", _ -> true))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(Refusal.class);
    }
}
