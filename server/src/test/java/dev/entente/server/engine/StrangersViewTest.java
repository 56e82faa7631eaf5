package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Somebody who may know of nothing here asks for what is in memory, in the table, elsewhere or nowhere. */
class StrangersViewTest {
    private static final long OTHER = 9;

    private final EngineFixture fixture = new EngineFixture();

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
        var _ = fixture.engine.act("here", new Act.Park("eve", "enough", 0));
        assertThat(fixture.engine.get("here", _ -> true).join().gid()).isEqualTo("here");
        assertThat(fixture.engine.get("rests", _ -> true).join().gid()).isEqualTo("rests");
        assertThat(fixture.engine.view("elsewhere", _ -> true).join().owner()).isEqualTo(OTHER);
        assertThat(fixture.engine.get("elsewhere", _ -> true))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(HeldElsewhere.class);
        assertThat(fixture.engine.get("absent", _ -> true))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(Refusal.class);
    }
}
