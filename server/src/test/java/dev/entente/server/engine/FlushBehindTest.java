package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Verifies that progress is flushed after an earlier round failed. */
final class FlushBehindTest {
    private final Error onPurpose = new OutOfMemoryError("on purpose");

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void a_flush_round_that_threw_an_error_is_followed_by_another() {
        AtomicInteger rounds = new AtomicInteger();
        fixture.submit("a", "one", "two");
        fixture.calls.remove().succeed();
        FlushBehind flushing = new FlushBehind(fixture.environment, Duration.ofMillis(40), new AbstractCollection<>() {
            @Override
            public Iterator<Mailbox> iterator() {
                if (rounds.incrementAndGet() <= 2) {
                    throw onPurpose;
                }
                return fixture.engine.lookup.mailboxes().iterator();
            }

            @Override
            public int size() {
                return 0;
            }
        });
        passIgnoringErrors(Duration.ofMillis(20));
        passIgnoringErrors(Duration.ofMillis(20));
        assertThat(rounds).hasValue(2);
        assertThat(fixture.store.open("a").progress()).isNull();

        fixture.pass(Duration.ofMillis(40));
        flushing.close();
        assertThat(fixture.store.open("a").progress()).as("flushed progress").isNotNull();
    }

    /** Advances the time and ignores errors of alarms, as a timer does. */
    private void passIgnoringErrors(Duration duration) {
        try {
            fixture.pass(duration);
        } catch (Error e) {
            assertThat(e).isSameAs(onPurpose);
        }
    }
}
