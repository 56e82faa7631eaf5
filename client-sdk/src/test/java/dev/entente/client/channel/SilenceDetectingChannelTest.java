package dev.entente.client.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.client.channel.FakeChannel.FakeCall;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The detection of a silent coordinator, by ticks that the test gives. */
class SilenceDetectingChannelTest {
    private static final byte[] SERVES = {1 << 3, 1};
    /** Many more ticks than any wait for an answer. */
    private static final int MANY_TICKS = 40;

    private final SteppedTimer timer = new SteppedTimer();
    private final FakeChannel connection = new FakeChannel();
    private final SilenceDetectingChannel channel =
            new SilenceDetectingChannel("a:7790", connection, timer::nanos, timer::afterTick);
    private final List<Status> statuses = new ArrayList<>();

    private void startCall() {
        ClientCall<GetTransactionRequest, Transaction> call =
                channel.newCall(TransactionServiceGrpc.getGetTransactionMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        statuses.add(status);
                    }
                },
                new Metadata());
    }

    private FakeCall lastCheck() {
        return connection.checks.get(connection.checks.size() - 1);
    }

    @Test
    void a_second_of_silence_starts_a_health_check_and_more_silence_ends_the_call() {
        startCall();
        timer.tick(3);
        assertThat(connection.checks).isEmpty();
        timer.tick(1);
        assertThat(connection.checks).hasSize(1);
        timer.tick(4);
        assertThat(statuses).isEmpty();
        timer.tick(1);

        assertThat(statuses).extracting(Status::getCode).containsExactly(Status.Code.UNAVAILABLE);
        assertThat(connection.idles).isEqualTo(1);
    }

    @Test
    void silence_while_connecting_ends_the_call_and_keeps_the_connection() {
        connection.state = ConnectivityState.CONNECTING;
        startCall();
        timer.tick(9);

        assertThat(statuses).hasSize(1);
        assertThat(connection.idles).isZero();
    }

    @Test
    void a_pause_of_the_client_does_not_count_as_silence() {
        startCall();
        timer.tick(4);
        timer.pass(Duration.ofMinutes(1));
        connection.checks.get(0).end(Status.DEADLINE_EXCEEDED); // by the clock of the client
        timer.tick(1);
        assertThat(statuses).isEmpty();
        assertThat(connection.checks).hasSize(2);

        connection.checks.get(1).answer(SERVES);
        timer.tick(4);
        assertThat(statuses).isEmpty();
    }

    @Test
    void a_server_without_a_health_service_counts_as_alive_while_it_answers() {
        startCall();
        for (int i = 0; i < MANY_TICKS; i++) {
            timer.tick(1);
            connection.checks.forEach(check -> check.end(Status.UNIMPLEMENTED));
        }
        assertThat(statuses).isEmpty();
        assertThat(channel.isServing()).isTrue();
        assertThat(connection.checks).hasSizeBetween(MANY_TICKS / 6, MANY_TICKS / 4);
    }

    @Test
    void a_proxy_that_refuses_health_checks_does_not_end_calls() {
        startCall();
        for (int i = 0; i < MANY_TICKS; i++) {
            timer.tick(1);
            connection.checks.forEach(check -> check.end(Status.UNAVAILABLE));
        }
        assertThat(statuses).isEmpty();
    }

    @Test
    void an_empty_health_answer_counts_and_the_next_silence_starts_another_check() {
        startCall();
        timer.tick(4);
        lastCheck().end(Status.OK);
        timer.tick(5);
        assertThat(connection.checks).hasSize(2);
        assertThat(statuses).isEmpty();
    }

    @Test
    void data_for_one_call_counts_as_activity_for_all_calls() {
        startCall();
        startCall();
        for (int i = 0; i < MANY_TICKS; i++) {
            timer.tick(1);
            channel.received();
        }
        assertThat(connection.checks).isEmpty();
    }

    @Test
    void a_call_that_starts_while_others_are_ended_is_not_ended() {
        connection.whileStarting = channel::breakOff;

        startCall();

        assertThat(statuses).isEmpty();
        connection.calls.get(0).end(Status.OK);
        assertThat(statuses).containsExactly(Status.OK);
    }

    @Test
    void the_timer_and_the_health_checks_stop_when_no_call_waits() {
        startCall();
        timer.tick(4);
        connection.calls.get(0).end(Status.UNAVAILABLE); // as when its client is closed
        lastCheck().end(Status.UNAVAILABLE);
        timer.tick(1);

        assertThat(timer.isRunning()).isFalse();
        startCall();
        timer.tick(4);
        assertThat(connection.checks).hasSize(2);
    }

    @Test
    void a_call_that_ends_during_its_start_leaves_no_timer() {
        connection.isClosed = true;

        startCall();

        assertThat(statuses).hasSize(1);
        assertThat(timer.isRunning()).isFalse();
    }

    @Test
    void a_failed_connection_is_retried_once_a_second_while_calls_arrive() {
        connection.state = ConnectivityState.TRANSIENT_FAILURE;
        timer.pass(Duration.ofMinutes(5));
        for (int i = 0; i < 100; i++) {
            startCall();
        }
        assertThat(connection.reconnects).isEqualTo(1);

        timer.pass(Duration.ofSeconds(1));
        startCall();
        startCall();
        assertThat(connection.reconnects).isEqualTo(2);
    }
}
