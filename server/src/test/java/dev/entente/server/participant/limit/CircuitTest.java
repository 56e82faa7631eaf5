package dev.entente.server.participant.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.participant.limit.Circuit.Link;
import dev.entente.server.participant.limit.Circuit.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private double jitter = 0.99999;
    private final SlowStart slowStart = new SlowStart(100);
    private final Circuit circuit = new Circuit(
            new Circuit.Rules(3, Duration.ofSeconds(1), Duration.ofSeconds(10), nanos::get, () -> jitter), slowStart);

    @Test
    void a_circuit_opens_after_three_broken_connections_in_a_row() {
        breakLinks(2);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(circuit.admits()).isTrue();

        breakLinks(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(circuit.admits()).isFalse();
    }

    @Test
    void a_response_resets_the_count_of_broken_connections() {
        breakLinks(2);
        circuit.report(Link.ANSWERED);
        breakLinks(2);

        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void calls_without_a_response_do_not_open_the_circuit() {
        for (int i = 0; i < 100; i++) {
            circuit.report(Link.SILENT);
        }

        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void the_time_without_a_response_begins_with_the_first_call_and_ends_with_a_response() {
        assertThat(circuit.unanswered()).isNull();
        circuit.report(Link.SILENT);
        pass(Duration.ofSeconds(50));
        breakLinks(3);
        pass(Duration.ofSeconds(10));
        assertThat(circuit.unanswered()).isEqualTo(Duration.ofMinutes(1));

        circuit.report(Link.ANSWERED);
        assertThat(circuit.unanswered()).isNull();
    }

    @Test
    void one_probe_call_is_admitted_after_the_pause() {
        breakLinks(3);
        pass(Duration.ofSeconds(1));

        assertThat(circuit.admits()).isTrue();
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(circuit.admits()).isFalse();
    }

    @Test
    void a_connection_admits_a_few_probes_and_the_first_response_closes_the_circuit() {
        breakLinks(3);
        assertThat(circuit.probes()).isZero();

        circuit.connected();
        assertThat(circuit.probes()).isEqualTo(Circuit.PROBES_WHEN_CONNECTED);
        for (int i = 0; i < Circuit.PROBES_WHEN_CONNECTED; i++) {
            assertThat(circuit.admits()).isTrue();
            circuit.connected();
        }
        assertThat(circuit.admits()).isFalse();
        assertThat(circuit.probes()).isZero();
        circuit.report(Link.ANSWERED);

        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        circuit.report(Link.SILENT);
        assertThat(circuit.state())
                .as("the others may take as long as they like")
                .isEqualTo(State.CLOSED);
    }

    @Test
    void one_probe_is_admitted_after_a_failed_group_of_probes() {
        breakLinks(3);
        circuit.connected();
        assertThat(circuit.admits()).isTrue();
        circuit.report(Link.SILENT);
        pass(Duration.ofSeconds(2));

        assertThat(circuit.probes()).isEqualTo(1);
        assertThat(circuit.admits()).isTrue();
        assertThat(circuit.admits()).isFalse();
    }

    @Test
    void another_probe_is_admitted_after_each_pause_without_a_response() {
        breakLinks(3);
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admits()).isTrue();

        pass(Duration.ofMillis(999));
        assertThat(circuit.admits()).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(circuit.admits()).isTrue();
    }

    @Test
    void pauses_are_jittered_down_to_half() {
        jitter = 0;
        breakLinks(3);
        pass(Duration.ofMillis(500));

        assertThat(circuit.admits()).isTrue();
    }

    @Test
    void the_pause_until_the_next_probe_is_reported() {
        breakLinks(3);
        jitter = 0;

        assertThat(circuit.pause()).isBetween(Duration.ofMillis(900), Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admits()).isTrue();
        assertThat(circuit.pause()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void the_rest_after_a_long_wait_is_at_most_51_milliseconds() {
        breakLinks(3);

        assertThat(circuit.rest()).isLessThanOrEqualTo(Duration.ofMillis(51));
        jitter = 0;
        assertThat(circuit.rest()).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void the_standard_pause_between_probes_is_one_second() {
        Circuit.Rules rules = Circuit.Rules.standard(CallFixture.CONNECT);

        assertThat(rules.pause()).isEqualTo(Duration.ofSeconds(1));
    }

    private void breakLinks(int count) {
        for (int i = 0; i < count; i++) {
            circuit.report(Link.BROKEN);
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void a_recovered_participant_gets_one_more_call_per_response_and_half_per_silence() {
        breakLinks(3);
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admits()).isTrue();
        circuit.report(Link.ANSWERED);
        assertThat(slowStart.allowed()).isEqualTo(SlowStart.FIRST + 1);

        for (int i = 0; i < 43; i++) {
            circuit.report(Link.ANSWERED);
        }
        assertThat(slowStart.allowed()).isEqualTo(SlowStart.FIRST + 44);
        circuit.report(Link.SILENT);
        assertThat(slowStart.allowed()).isEqualTo((SlowStart.FIRST + 44) / 2);
        for (int i = 0; i < 10; i++) {
            circuit.report(Link.SILENT);
        }
        assertThat(slowStart.allowed()).isEqualTo(SlowStart.FIRST);

        for (int i = 0; i < 1000; i++) {
            circuit.report(Link.ANSWERED);
        }
        assertThat(slowStart.allowed()).isEqualTo(100);
    }

    @Test
    void a_circuit_that_never_opened_does_not_limit_the_calls() {
        breakLinks(2);
        circuit.report(Link.ANSWERED);
        circuit.report(Link.SILENT);

        assertThat(slowStart.allowed()).isEqualTo(100);
    }
}
