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
    void it_opens_after_so_many_broken_links_in_a_row() {
        breakLinks(2);
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
        assertThat(circuit.admits()).isTrue();

        breakLinks(1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(circuit.admits()).isFalse();
    }

    @Test
    void an_answer_in_between_begins_the_count_anew() {
        breakLinks(2);
        circuit.report(Link.ANSWERED);
        breakLinks(2);

        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void silence_alone_never_opens_it() {
        for (int i = 0; i < 100; i++) {
            circuit.report(Link.SILENT);
        }

        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void after_the_pause_one_call_alone_goes_out_to_see() {
        breakLinks(3);
        pass(Duration.ofSeconds(1));

        assertThat(circuit.admits()).isTrue();
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        assertThat(circuit.admits()).isFalse();
    }

    @Test
    void with_a_connection_a_few_calls_leave_at_once_and_the_first_answer_closes_it() {
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
    void after_a_few_that_were_in_vain_one_call_alone_goes_out_again() {
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
    void while_its_answer_takes_long_another_goes_out_now_and_then() {
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
    void who_must_wait_is_told_for_how_long() {
        breakLinks(3);
        jitter = 0;

        assertThat(circuit.pause()).isBetween(Duration.ofMillis(900), Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admits()).isTrue();
        assertThat(circuit.pause()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void who_has_waited_for_long_hardly_rests_before_it_waits_again() {
        breakLinks(3);

        assertThat(circuit.rest()).isLessThanOrEqualTo(Duration.ofMillis(51));
        jitter = 0;
        assertThat(circuit.rest()).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void while_it_is_open_somebody_goes_out_to_see_each_second() {
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
    void a_returned_participant_gets_few_calls_one_more_per_answer_and_half_per_silence() {
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
    void a_circuit_that_never_opened_lets_as_many_calls_leave_as_ever() {
        breakLinks(2);
        circuit.report(Link.ANSWERED);
        circuit.report(Link.SILENT);

        assertThat(slowStart.allowed()).isEqualTo(100);
    }
}
