package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Decider;
import dev.entente.server.engine.EngineFixture;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.FakeMembership;
import dev.entente.server.engine.FakeStore;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.telemetry.LogLines;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time when another coordinator is declared dead: soon after its lease has expired, and not before. */
class ClaimsTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(Claims.class);

    private static final long OTHER = 9;
    /** The incarnation of this node before its restart. */
    private static final long EARLIER = 1;

    private static final Duration STEP = Duration.ofMillis(10);
    private static final Duration AT_MOST_LATER = Duration.ofSeconds(1);

    /** Another coordinator, which sends heartbeats until it is killed. */
    private static final class OneOther extends FakeMembership {
        private long beat;
        private long renewed;
        private boolean isDead;
        private boolean isDatabaseUnavailable;
        /** The result of the query about the earlier incarnation, while the result is held back. */
        private @Nullable CompletableFuture<Boolean> heldBack;

        @Override
        public CompletableFuture<List<Peer>> peers() {
            if (isDatabaseUnavailable) {
                return CompletableFuture.failedFuture(new StoreUnavailable("away", null));
            }
            return CompletableFuture.completedFuture(List.of(
                    peer(FakeStore.ME, "here", 0, null),
                    peer(EARLIER, "here", renewed++, null),
                    peer(OTHER, "there", beat, isDead ? Instant.EPOCH : null)));
        }

        private static Peer peer(long incarnation, String node, long beat, @Nullable Instant deadAt) {
            return new Peer(incarnation, node, node + ":7790", beat, deadAt, Instant.EPOCH, "test");
        }

        @Override
        public CompletableFuture<Boolean> declareDead(long incarnation, long lastSeenBeat) {
            assertThat(incarnation).isEqualTo(OTHER);
            assertThat(lastSeenBeat).isEqualTo(beat);
            isDead = true;
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletableFuture<Boolean> isProcessGone(long incarnation) {
            return heldBack != null ? heldBack : CompletableFuture.completedFuture(false);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 60})
    void a_coordinator_is_declared_dead_within_a_second_after_its_lease(int leaseSeconds) {
        Duration lease = Duration.ofSeconds(leaseSeconds);
        // A kill right after a heartbeat is the worst case, at each offset between two checks.
        for (int phase = 0; phase < 100; phase++) {
            OneOther other = new OneOther();
            EngineFixture fixture = new EngineFixture(new Decider(), leased(lease));
            Claims claims =
                    new Claims(fixture.engine.intake(), fixture.store, other, fixture.environment, fixture.settings);
            var _ = claims.start();
            for (int beat = 0; beat < 5; beat++) {
                fixture.pass(lease.dividedBy(3).plusMillis(7L * phase));
                assertThat(other.isDead).isFalse();
                other.beat++;
            }

            Duration passed = Duration.ZERO;
            while (!other.isDead && passed.compareTo(lease.multipliedBy(3)) < 0) {
                fixture.pass(STEP);
                passed = passed.plus(STEP);
            }
            assertThat(passed).as("after a beat at phase %d", phase).isBetween(lease, lease.plus(AT_MOST_LATER));
            claims.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 7, 8, 10, 12, 40})
    void heartbeats_unread_during_an_outage_do_not_make_a_coordinator_dead(int seconds) {
        Duration lease = Duration.ofSeconds(10);
        OneOther other = new OneOther();
        EngineFixture fixture = new EngineFixture(new Decider(), leased(lease));
        Claims claims =
                new Claims(fixture.engine.intake(), fixture.store, other, fixture.environment, fixture.settings);
        var _ = claims.start();
        // observed for a while first, so that not every outage alone is as long as a lease
        fixture.pass(Duration.ofSeconds(3));
        other.isDatabaseUnavailable = true;
        fixture.pass(Duration.ofSeconds(seconds));
        other.isDatabaseUnavailable = false;
        assertThat(lines.reported())
                .hasSize(1)
                .allMatch(line -> line.startsWith("could not claim transactions, retrying"));

        fixture.pass(lease.dividedBy(3).plusSeconds(1));
        assertThat(other.isDead).as("before it had the time to renew").isFalse();
        other.beat++;
        fixture.pass(lease.minusSeconds(1));
        assertThat(other.isDead).isFalse();

        fixture.pass(Duration.ofSeconds(2));
        assertThat(other.isDead).as("a lease after its last beat").isTrue();
        claims.close();
    }

    @Test
    void a_heartbeat_read_before_a_long_wait_does_not_prove_a_coordinator_dead() {
        Duration lease = Duration.ofSeconds(10);
        OneOther other = new OneOther();
        EngineFixture fixture = new EngineFixture(new Decider(), leased(lease));
        Claims claims =
                new Claims(fixture.engine.intake(), fixture.store, other, fixture.environment, fixture.settings);
        var _ = claims.start();
        fixture.pass(Duration.ofSeconds(3));
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        other.heldBack = answer;
        fixture.pass(lease.multipliedBy(2));

        other.heldBack = null;
        answer.complete(false);
        assertThat(other.isDead).isFalse();

        other.beat++;
        fixture.pass(lease.minusSeconds(1));
        assertThat(other.isDead).isFalse();
        fixture.pass(Duration.ofSeconds(2));
        assertThat(other.isDead).as("a lease after its last beat").isTrue();
        claims.close();
    }

    private static EngineSettings leased(Duration lease) {
        EngineSettings standard = EngineSettings.STANDARD;
        return new EngineSettings(
                standard.maxOpen(),
                standard.maxOpenBytes(),
                standard.perParticipant(),
                standard.flushAfter(),
                standard.begunTimeout(),
                standard.pollEvery(),
                lease,
                standard.claimBatch(),
                standard.maxPlanBytes(),
                standard.maxBranches(),
                standard.keepsPayloads(),
                standard.plans());
    }
}
