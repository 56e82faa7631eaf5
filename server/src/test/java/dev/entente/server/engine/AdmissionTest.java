package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Accepts that fail half-way: the row is ours, and somebody must look for it. */
class AdmissionTest {
    @Test
    void a_row_that_was_written_though_the_store_failed_is_looked_for() {
        EngineFixture fixture = new EngineFixture();
        fixture.store.whyNotAnswered = new StoreFailure("a defect", new IllegalStateException());
        CompletableFuture<Transactions.Accepted> refused = fixture.engine.accept(EngineFixture.submission("a", "one"));
        assertThat(refused).isCompletedExceptionally();

        lookTwice(fixture);

        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void a_message_unreadable_once_written_keeps_nobody_waiting_who_sends_it_again() {
        EngineFixture fixture = new EngineFixture();
        fixture.store.isHoldingBack = true;
        CompletableFuture<Transactions.Accepted> first = fixture.engine.accept(EngineFixture.message("m", "topic"));
        fixture.store.isHoldingBack = false;
        fixture.store.renew("m");
        fixture.store.answer();

        assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Refusal.class);
        assertThat(fixture.mayHold("m")).isFalse();
        assertThat(fixture.engine.accept(EngineFixture.message("m", "topic"))).isCompletedExceptionally();

        lookTwice(fixture);

        assertThat(fixture.store.open("m").owner())
                .as("left to a newer coordinator")
                .isNull();
        assertThat(fixture.store.open("m").dueAt()).isNotNull();
    }

    @Test
    void a_message_whose_receivers_could_not_be_read_once_is_delivered_nevertheless() {
        EngineFixture fixture = new EngineFixture();
        fixture.subscribe("topic", "one", "other");
        fixture.store.whyAway = new StoreUnavailable("the connection broke", null);
        CompletableFuture<Transactions.Accepted> first = fixture.engine.accept(EngineFixture.message("m", "topic"));
        fixture.store.whyAway = null;

        assertThat(first).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Refusal.class);
        assertThat(fixture.engine.accept(EngineFixture.message("m", "topic")))
                .isCompletedWithValueMatching(Transactions.Accepted::isKnown);
        assertThat(fixture.calls).isEmpty();

        lookTwice(fixture);

        assertThat(fixture.calls).hasSize(2);
    }

    private static void lookTwice(EngineFixture fixture) {
        for (int i = 0; i < 2; i++) {
            fixture.pass(Duration.ofSeconds(2));
            fixture.engine.strays.look().join();
        }
    }
}
