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

/** When a coordinator counts as silent, and when it does not; by ticks that the test gives. */
class CheckedChannelTest {
    private static final byte[] SERVES = {1 << 3, 1};
    /** As long as any wait for an answer may take, and far beyond. */
    private static final int MANY_TICKS = 40;

    private final SteppedTimer timer = new SteppedTimer();
    private final FakeChannel connection = new FakeChannel();
    private final CheckedChannel channel = new CheckedChannel("a:7790", connection, timer::nanos, timer::afterTick);
    private final List<Status> ends = new ArrayList<>();

    private void called() {
        ClientCall<GetTransactionRequest, Transaction> call =
                channel.newCall(TransactionServiceGrpc.getGetTransactionMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ends.add(status);
                    }
                },
                new Metadata());
    }

    private FakeCall lastCheck() {
        return connection.checks.get(connection.checks.size() - 1);
    }

    @Test
    void a_second_of_silence_is_asked_about_and_silence_after_that_breaks_off() {
        called();
        timer.tick(3);
        assertThat(connection.checks).isEmpty();
        timer.tick(1);
        assertThat(connection.checks).hasSize(1);
        timer.tick(4);
        assertThat(ends).isEmpty();
        timer.tick(1);

        assertThat(ends).extracting(Status::getCode).containsExactly(Status.Code.UNAVAILABLE);
        assertThat(connection.idles).isEqualTo(1);
    }

    @Test
    void a_connection_that_is_being_made_is_left_to_it() {
        connection.state = ConnectivityState.CONNECTING;
        called();
        timer.tick(9);

        assertThat(ends).hasSize(1);
        assertThat(connection.idles).isZero();
    }

    @Test
    void a_client_that_stood_still_itself_blames_nobody() {
        called();
        timer.tick(4);
        timer.pass(Duration.ofMinutes(1));
        connection.checks.get(0).end(Status.DEADLINE_EXCEEDED); // by the client's own clock
        timer.tick(1);
        assertThat(ends).isEmpty();
        assertThat(connection.checks).hasSize(2);

        connection.checks.get(1).answer(SERVES);
        timer.tick(4);
        assertThat(ends).isEmpty();
    }

    @Test
    void one_without_a_health_service_lives_as_long_as_it_says_so() {
        called();
        for (int i = 0; i < MANY_TICKS; i++) {
            timer.tick(1);
            connection.checks.forEach(check -> check.end(Status.UNIMPLEMENTED));
        }
        assertThat(ends).isEmpty();
        assertThat(channel.isServing()).isTrue();
        assertThat(connection.checks).hasSizeBetween(MANY_TICKS / 6, MANY_TICKS / 4);
    }

    @Test
    void one_behind_a_proxy_that_refuses_health_checks_is_left_its_time() {
        called();
        for (int i = 0; i < MANY_TICKS; i++) {
            timer.tick(1);
            connection.checks.forEach(check -> check.end(Status.UNAVAILABLE));
        }
        assertThat(ends).isEmpty();
    }

    @Test
    void an_answer_without_a_message_is_one_and_the_next_silence_is_asked_about() {
        called();
        timer.tick(4);
        lastCheck().end(Status.OK);
        timer.tick(5);
        assertThat(connection.checks).hasSize(2);
        assertThat(ends).isEmpty();
    }

    @Test
    void what_comes_for_one_call_is_a_sign_of_life_for_all() {
        called();
        called();
        for (int i = 0; i < MANY_TICKS; i++) {
            timer.tick(1);
            channel.heard();
        }
        assertThat(connection.checks).isEmpty();
    }

    @Test
    void a_call_that_starts_while_others_are_broken_off_is_made() {
        connection.whileStarting = channel::breakOff;

        called();

        assertThat(ends).isEmpty();
        connection.calls.get(0).end(Status.OK);
        assertThat(ends).containsExactly(Status.OK);
    }

    @Test
    void nothing_is_looked_at_or_asked_once_no_call_waits() {
        called();
        timer.tick(4);
        connection.calls.get(0).end(Status.UNAVAILABLE); // as when its client is closed
        lastCheck().end(Status.UNAVAILABLE);
        timer.tick(1);

        assertThat(timer.isRunning()).isFalse();
        called();
        timer.tick(4);
        assertThat(connection.checks).hasSize(2);
    }

    @Test
    void a_call_that_ends_while_it_starts_is_not_waited_for() {
        connection.isClosed = true;

        called();

        assertThat(ends).hasSize(1);
        assertThat(timer.isRunning()).isFalse();
    }

    @Test
    void an_attempt_to_connect_that_failed_is_made_again_once_a_second_while_calls_come() {
        connection.state = ConnectivityState.TRANSIENT_FAILURE;
        timer.pass(Duration.ofMinutes(5));
        for (int i = 0; i < 100; i++) {
            called();
        }
        assertThat(connection.reconnects).isEqualTo(1);

        timer.pass(Duration.ofSeconds(1));
        called();
        called();
        assertThat(connection.reconnects).isEqualTo(2);
    }
}
