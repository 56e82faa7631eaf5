package dev.entente.client.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.client.FakeCoordinator;
import dev.entente.client.channel.FakeChannel.FakeCall;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The choice of one of several coordinators for each call, by ticks and answers that the test gives. */
class FailoverChannelTest {
    private static final byte[] SERVES = {1 << 3, 1};
    private static final byte[] SERVES_NOT = {1 << 3, 2};
    private static final Duration LEFT_ALONE = Duration.ofSeconds(11);

    private final SteppedTimer timer = new SteppedTimer();
    private final List<FakeChannel> connections =
            Stream.generate(FakeChannel::new).limit(3).toList();
    private final FakeChannel first = connections.get(0);
    private final FakeChannel second = connections.get(1);

    private FailoverChannel several(boolean isRotating) {
        return several(2, isRotating);
    }

    private FailoverChannel several(int count, boolean isRotating) {
        List<SilenceDetectingChannel> channels = connections.subList(0, count).stream()
                .map(connection -> new SilenceDetectingChannel("a:7790", connection, timer::nanos, timer::afterTick))
                .toList();
        return new FailoverChannel(channels, 0, isRotating);
    }

    private static void call(FailoverChannel channel) {
        channel.newCall(TransactionServiceGrpc.getGetTransactionMethod(), CallOptions.DEFAULT)
                .start(new ClientCall.Listener<>() {}, new Metadata());
    }

    private static void stream(FailoverChannel channel) {
        channel.newCall(TransactionServiceGrpc.getSubmitTransactionsMethod(), CallOptions.DEFAULT)
                .start(new ClientCall.Listener<>() {}, new Metadata());
    }

    private static void answer(List<FakeCall> checks) {
        checks.stream().filter(check -> !check.hasEnded()).forEach(check -> check.answer(SERVES));
    }

    @Test
    void a_slow_coordinator_that_answers_health_checks_stays_in_rotation() {
        FailoverChannel channel = several(true);
        call(channel);
        for (int i = 0; i < 20; i++) {
            timer.tick(1);
            answer(first.checks);
        }
        first.calls.get(0).end(Status.DEADLINE_EXCEEDED);

        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(2);
        assertThat(second.calls).hasSize(1);
    }

    @Test
    void a_coordinator_silent_until_the_deadline_gets_no_further_calls() {
        FailoverChannel channel = several(true);
        call(channel);
        timer.tick(6);
        first.calls.get(0).end(Status.DEADLINE_EXCEEDED);

        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(1);
        assertThat(second.calls).hasSize(2);
    }

    @Test
    void a_short_deadline_does_not_exclude_the_coordinator() {
        FailoverChannel channel = several(true);
        call(channel);
        timer.pass(Duration.ofMillis(50));
        first.calls.get(0).end(Status.DEADLINE_EXCEEDED);

        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"UNKNOWN", "INTERNAL", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED"})
    void the_call_after_a_failure_goes_to_the_other_coordinator(Status.Code code) {
        FailoverChannel channel = several(false);
        call(channel);
        first.calls.get(0).end(Status.fromCode(code));

        call(channel);
        assertThat(second.calls).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_FOUND", "FAILED_PRECONDITION", "CANCELLED", "RESOURCE_EXHAUSTED"})
    void an_answer_about_the_transaction_does_not_change_the_coordinator(Status.Code code) {
        FailoverChannel channel = several(false);
        call(channel);
        first.calls.get(0).end(Status.fromCode(code));

        call(channel);
        assertThat(first.calls).hasSize(2);
    }

    @Test
    void a_coordinator_that_fails_during_its_health_check_is_checked_again() {
        FailoverChannel channel = several(true);
        call(channel);
        call(channel);
        call(channel);
        first.calls.get(0).end(Status.UNAVAILABLE);
        timer.pass(LEFT_ALONE);
        call(channel);
        call(channel);
        assertThat(first.checks).hasSize(1);
        first.calls.get(1).end(Status.UNAVAILABLE);
        answer(first.checks);
        timer.pass(LEFT_ALONE);

        call(channel);
        call(channel);

        assertThat(first.calls).hasSize(2);
        assertThat(first.checks).hasSize(2);
        answer(first.checks);
        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(3);
    }

    @Test
    void an_empty_health_answer_returns_the_coordinator_to_the_rotation() {
        FailoverChannel channel = several(true);
        call(channel);
        first.calls.get(0).end(Status.UNAVAILABLE);
        timer.pass(LEFT_ALONE);
        call(channel);
        call(channel);
        first.checks.get(0).end(Status.OK);

        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(2);
    }

    @Test
    void calls_and_streams_rotate_over_the_coordinators_separately() {
        FailoverChannel channel = several(true);

        for (int i = 0; i < 3; i++) {
            stream(channel);
            call(channel);
        }

        assertThat(connections).extracting(each -> each.calls.size()).containsExactly(2, 1, 0);
        assertThat(connections).extracting(each -> each.streams.size()).containsExactly(2, 1, 0);
    }

    @Test
    void all_calls_go_to_one_coordinator_while_it_answers() {
        FailoverChannel channel = several(false);

        for (int i = 0; i < 5; i++) {
            call(channel);
            first.calls.get(i).end(Status.OK);
        }

        assertThat(second.calls).isEmpty();
    }

    @Test
    void a_failed_coordinator_gets_calls_again_after_a_serving_health_answer() {
        FailoverChannel channel = several(true);
        call(channel);
        first.calls.get(0).end(Status.UNAVAILABLE);

        for (byte[] health : List.of(SERVES_NOT, SERVES)) {
            timer.pass(LEFT_ALONE);
            call(channel);
            call(channel);
            assertThat(first.calls).hasSize(1);
            first.checks.get(first.checks.size() - 1).answer(health);
        }
        call(channel);
        call(channel);

        assertThat(first.calls).hasSize(2);
    }

    @Test
    void a_failed_coordinator_gets_no_calls_before_a_serving_health_answer() {
        FailoverChannel channel = several(3, false);
        call(channel);
        first.calls.get(0).end(Status.UNAVAILABLE);
        timer.pass(LEFT_ALONE);

        call(channel);
        second.calls.get(0).end(Status.UNAVAILABLE);
        call(channel);

        assertThat(connections).extracting(each -> each.calls.size()).containsExactly(1, 1, 1);
    }

    @Test
    void calls_return_to_a_coordinator_that_failed_long_ago_when_the_other_fails() {
        FailoverChannel channel = several(false);
        call(channel);
        first.calls.get(0).end(Status.UNAVAILABLE);
        timer.pass(LEFT_ALONE);

        call(channel);
        second.calls.get(0).end(Status.UNAVAILABLE);
        call(channel);

        assertThat(first.calls).hasSize(2);
    }

    @Test
    void a_not_serving_health_answer_stops_further_calls() {
        FailoverChannel channel = several(false);
        call(channel);
        timer.tick(4);
        first.checks.get(0).answer(SERVES_NOT);

        call(channel);

        assertThat(second.calls).hasSize(1);
        assertThat(first.calls.get(0).hasEnded()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"ENT-051, 1", "ENT-052, 2", "ENT-053, 2", "ENT-054, 2", "ENT-055, 2"})
    void only_a_coordinator_that_shuts_down_gets_no_further_calls(String code, int calls) {
        FailoverChannel channel = several(true);
        call(channel);
        first.calls.get(0).end(FakeCoordinator.error(Status.Code.UNAVAILABLE, code, "not now"));
        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(calls);
    }

    @Test
    void a_coordinator_that_cannot_reach_its_peer_is_preferred_to_a_silent_one() {
        FailoverChannel channel = several(false);
        call(channel);
        first.calls.get(0).end(Status.UNAVAILABLE);

        for (int i = 0; i < 3; i++) {
            call(channel);
            second.calls
                    .get(i)
                    .end(FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-053", "the one that it takes is silent"));
        }

        assertThat(second.calls).hasSize(3);
        assertThat(first.calls).hasSize(1);
    }
}
