package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Act;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Transactions that another incarnation has taken over: which requests go there, and which are answered here. */
class HeldElsewhereTest {
    private static final long OTHER = 9;
    private static final Submission SCHEDULED = EngineFixture.scheduled("s", Duration.ofHours(1), Duration.ofHours(2));

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void whoever_asks_for_it_is_sent_there_and_whoever_views_it_is_not() {
        var _ = fixture.engine.accept(SCHEDULED);
        fixture.store.own("s", OTHER);

        assertSentToTheOther(fixture.engine.get("s"));
        assertThat(fixture.engine.view("s").join().owner()).isEqualTo(OTHER);
    }

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
        var _ = fixture.engine.act("s", new Act.Abort("enough", "eve", false));
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
        var _ = fixture.engine.act("s", new Act.Abort("enough", "eve", false));
        fixture.store.own("s", OTHER);
        Objects.requireNonNull(fixture.store.answers.poll()).run(); // the row as it was
        CompletableFuture<Snapshot> looked = fixture.engine.get("s");

        assertThat(fixture.store.answers).as("the write and the look").hasSize(2);
        Objects.requireNonNull(fixture.store.answers.pollLast()).run();
        assertSentToTheOther(looked);
    }

    private static void assertSentToTheOther(CompletableFuture<Snapshot> asked) {
        assertThat(asked).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(HeldElsewhere.class);
    }
}
