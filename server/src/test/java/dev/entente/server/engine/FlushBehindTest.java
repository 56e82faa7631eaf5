package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Holds that progress is flushed whatever an earlier round has met. */
final class FlushBehindTest {
    private final Error onPurpose = new OutOfMemoryError("on purpose");

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void progress_is_flushed_though_an_earlier_round_met_an_error() {
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
        passThoughItThrows(Duration.ofMillis(100));
        passThoughItThrows(Duration.ofMillis(100));
        flushing.close();
        assertThat(rounds).hasValue(2);
    }

    /** Passes the time, and ignores exceptions of alarms as a timer does. */
    private void passThoughItThrows(Duration duration) {
        try {
            fixture.pass(duration);
        } catch (Error e) {
            assertThat(e).isSameAs(onPurpose);
        }
    }
}
