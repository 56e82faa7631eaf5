package dev.entente.client.channel;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.provider.EnumSource;

/** Failures that keep calls away from a coordinator, by ticks and answers that the test gives. */
class BlameTest {
    private static final byte[] SERVES = {1 << 3, 1};
    private static final Duration LEFT_ALONE = Duration.ofSeconds(11);

    private final SteppedTimer timer = new SteppedTimer();
    private final List<FakeChannel> connections =
            Stream.generate(FakeChannel::new).limit(2).toList();
    private final FakeChannel first = connections.get(0);
    private final FakeChannel second = connections.get(1);

    private SeveralCoordinators several(boolean isRotating) {
        List<CheckedChannel> channels = connections.stream()
                .map(connection -> new CheckedChannel("a:7790", connection, timer))
                .toList();
        return new SeveralCoordinators(channels, 0, isRotating, timer::nanos);
    }

    private static void call(SeveralCoordinators channel) {
        channel.newCall(TransactionServiceGrpc.getGetTransactionMethod(), CallOptions.DEFAULT)
                .start(new ClientCall.Listener<>() {}, new Metadata());
    }

    private static void answer(List<FakeCall> checks) {
        checks.stream().filter(check -> !check.hasEnded()).forEach(check -> check.answer(SERVES));
    }

    @Test
    void one_that_lives_and_is_slow_gets_its_turn() {
        SeveralCoordinators channel = several(true);
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
    void one_that_said_nothing_before_the_time_was_over_gets_none() {
        SeveralCoordinators channel = several(true);
        call(channel);
        timer.tick(6);
        first.calls.get(0).end(Status.DEADLINE_EXCEEDED);

        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(1);
        assertThat(second.calls).hasSize(2);
    }

    @Test
    void a_caller_who_had_no_time_tells_nothing_of_the_coordinator() {
        SeveralCoordinators channel = several(true);
        call(channel);
        timer.pass(Duration.ofMillis(50));
        first.calls.get(0).end(Status.DEADLINE_EXCEEDED);

        call(channel);
        call(channel);
        assertThat(first.calls).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"UNKNOWN", "INTERNAL", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED"})
    void the_next_attempt_goes_to_the_other(Status.Code code) {
        SeveralCoordinators channel = several(false);
        call(channel);
        first.calls.get(0).end(Status.fromCode(code));

        call(channel);
        assertThat(second.calls).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_FOUND", "FAILED_PRECONDITION", "CANCELLED", "RESOURCE_EXHAUSTED"})
    void an_answer_about_the_transaction_changes_nothing(Status.Code code) {
        SeveralCoordinators channel = several(false);
        call(channel);
        first.calls.get(0).end(Status.fromCode(code));

        call(channel);
        assertThat(first.calls).hasSize(2);
    }

    @Test
    void one_that_failed_again_while_it_was_asked_is_asked_again() {
        SeveralCoordinators channel = several(true);
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
    void one_whose_health_answer_has_no_message_is_not_passed_by_for_ever() {
        SeveralCoordinators channel = several(true);
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
}
