package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A message to two subscribers: the delivery to one of them is dropped. */
class DropTest {
    private static final long OTHER = 99;

    private final EngineFixture fixture = new EngineFixture();

    @BeforeEach
    void publish() {
        fixture.subscribe("orders", "goes", "stays");
        var _ = fixture.engine.accept(EngineFixture.message("m", "orders"));
        assertThat(fixture.calls).hasSize(2);
    }

    private CompletableFuture<Snapshot> drop() {
        return fixture.engine.act("m", new TransactionRequest.Drop("orders", "goes", true, "eve", "unsubscribed"));
    }

    private static Throwable failure(CompletableFuture<Snapshot> answer) {
        return Objects.requireNonNull(
                catchThrowableOfType(CompletionException.class, answer::join).getCause());
    }

    private static void assertRefusedAsDecided(CompletableFuture<Snapshot> answer) {
        assertThat(failure(answer))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.DECIDED));
    }

    @Test
    void a_drop_waits_for_the_call_in_flight_and_takes_effect_once() {
        CompletableFuture<Snapshot> first = drop();
        assertThat(first).isNotDone();
        fixture.calls.remove().answer().accept(new Outcome.Unknown("timeout", null));

        assertThat(first.join().progress().branch(0).state()).isEqualTo(BranchState.SKIPPED);
        assertRefusedAsDecided(drop());
    }

    @Test
    void a_drop_is_refused_if_the_awaited_call_succeeds() {
        CompletableFuture<Snapshot> atOnce =
                fixture.engine.act("m", new TransactionRequest.Drop("orders", "goes", false, "eve", "unsubscribed"));
        assertThat(failure(atOnce)).hasMessageContaining("ENT-055");
        CompletableFuture<Snapshot> awaited = drop();
        assertThat(awaited).isNotDone();

        fixture.calls.remove().succeed();
        fixture.calls.remove().succeed();
        fixture.pass(Duration.ofSeconds(1));

        assertRefusedAsDecided(awaited);
    }

    @Test
    void a_drop_is_refused_as_decided_only_after_the_success_is_durable() {
        fixture.calls.remove().succeed();
        fixture.store.isHoldingBack = true;

        CompletableFuture<Snapshot> answer = drop();
        assertThat(answer).isNotDone();
        fixture.store.answer();

        assertRefusedAsDecided(answer);
    }

    @Test
    void a_drop_is_forwarded_while_the_row_of_the_owner_shows_a_delivery_to_drop() {
        takenByAnother();
        assertThat(failure(drop()))
                .isInstanceOfSatisfying(
                        OwnedElsewhere.class, held -> assertThat(held.owner()).isEqualTo(OTHER));
    }

    @Test
    void a_completed_drop_is_not_forwarded_to_the_owner_again() {
        CompletableFuture<Snapshot> dropped = drop();
        fixture.calls.remove().answer().accept(new Outcome.Unknown("timeout", null));
        assertThat(dropped).isCompleted();
        takenByAnother();

        assertRefusedAsDecided(drop());
    }

    private void takenByAnother() {
        fixture.engine.abandon();
        fixture.store.own("m", OTHER);
    }
}
