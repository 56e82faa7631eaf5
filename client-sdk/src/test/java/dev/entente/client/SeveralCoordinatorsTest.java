package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A client that knows two coordinators, of which one may be gone, or answer nothing. */
@Execution(ExecutionMode.CONCURRENT)
class SeveralCoordinatorsTest {
    private final FakeCoordinator one = new FakeCoordinator();
    private final FakeCoordinator other = new FakeCoordinator();
    private final Loopback first = new Loopback(one);
    private final Loopback second = new Loopback(other);
    private Entente entente;

    SeveralCoordinatorsTest() throws IOException {}

    @BeforeEach
    void connect() {
        entente = Entente.builder(first.target() + "," + second.target()).stream(false)
                .callTimeout(Duration.ofSeconds(5))
                .build();
    }

    @AfterEach
    void close() {
        entente.close();
        first.close();
        second.close();
    }

    private void submit(String gid) {
        entente.saga("checkout").gid(gid).submit();
    }

    private int arrived(Loopback server) {
        return server.arrivals.size();
    }

    @Test
    void all_calls_go_to_one_as_long_as_it_answers() {
        for (int i = 0; i < 5; i++) {
            submit("order-" + i);
        }
        assertThat(arrived(first) * arrived(second)).isZero();
        assertThat(arrived(first) + arrived(second)).isEqualTo(5);
    }

    @Test
    void one_that_is_gone_costs_no_transaction() {
        submit("order-1");
        (arrived(first) > 0 ? first : second).close();

        submit("order-2");
        submit("order-3");

        assertThat(arrived(first) + arrived(second)).isEqualTo(3);
    }

    @Test
    void one_that_cannot_reach_another_is_asked_again_before_one_that_did_not_answer() {
        submit("order-1");
        boolean isFirst = arrived(first) > 0;
        FakeCoordinator silent = isFirst ? one : other;
        FakeCoordinator answering = isFirst ? other : one;
        silent.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        submit("order-2");
        answering.fail("submit", unreachable());
        answering.fail("submit", unreachable());

        submit("order-3");

        assertThat(arrived(isFirst ? first : second)).isEqualTo(2);
        assertThat(arrived(isFirst ? second : first)).isEqualTo(4);
    }

    @Test
    void an_abort_that_one_does_not_answer_is_said_to_the_other() {
        Tcc tcc = entente.tcc("transfer").gid("transfer-1");
        one.ignore("abort");
        other.ignore("abort");

        assertThatThrownBy(() -> tcc.execute(scope -> {
                    throw new IllegalArgumentException("it is not wanted any more");
                }))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(one.calls).anyMatch(call -> call.startsWith("abort"));
        assertThat(other.calls).anyMatch(call -> call.startsWith("abort"));
    }

    private static StatusRuntimeException unreachable() {
        return FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-053", "the coordinator that it takes is silent");
    }
}
