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
        FlushBehind flushing = new FlushBehind(fixture.environment, Duration.ofMillis(200), new AbstractCollection<>() {
            @Override
            public Iterator<Mailbox> iterator() {
                rounds.incrementAndGet();
                throw onPurpose;
            }

            @Override
            public int size() {
                return 0;
            }
        });
        passIgnoringErrors(Duration.ofMillis(100));
        passIgnoringErrors(Duration.ofMillis(100));
        flushing.close();
        assertThat(rounds).hasValue(2);
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
