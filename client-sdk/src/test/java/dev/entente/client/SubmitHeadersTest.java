package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The headers beside the plan when a submit is a call of its own. */
class SubmitHeadersTest extends CoordinatorFixture {
    SubmitHeadersTest() throws IOException {
        super(settings -> settings.bearerToken("secret").stream(false));
    }

    /** Sends headers before it knows the answer, as some proxies do. */
    private static final class HeadersFirst implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            call.sendHeaders(new Metadata());
            return next.startCall(
                    new SimpleForwardingServerCall<>(call) {
                        @Override
                        public void sendHeaders(Metadata sent) {}
                    },
                    headers);
        }
    }

    @Test
    void a_no_behind_headers_is_no_answer_that_could_not_be_read() throws IOException {
        FakeCoordinator refusing = new FakeCoordinator();
        refusing.fail("submit", FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-051", "it goes"));
        refusing.fail("submit", FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-001", "a mistake"));
        try (Loopback proxy = new Loopback(refusing, new HeadersFirst());
                Entente behind = proxy.client().stream(false).build()) {
            assertThatThrownBy(() -> behind.saga("checkout").submit())
                    .isInstanceOfSatisfying(
                            TransactionRefused.class,
                            refused -> assertThat(refused.code()).isEqualTo("ENT-001"));
        }
    }

    private Saga saga() {
        return entente.saga("checkout").gid("order-1");
    }

    @Test
    void a_plan_is_handed_over_with_a_gid_a_token_a_trace_and_a_deadline() {
        coordinator.warnings.add("a doubt");
        Submitted submitted = saga().submit();

        assertThat(submitted.gid()).isEqualTo("order-1");
        assertThat(submitted.alreadyKnown()).isFalse();
        assertThat(submitted.warnings()).containsExactly("a doubt");
        Loopback.Arrival arrival = server.arrivals.get(0);
        assertThat(arrival.header("authorization")).isEqualTo("Bearer secret");
        assertThat(arrival.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        assertThat(arrival.hasDeadline()).isTrue();
    }

    @Test
    void the_trace_of_the_call_it_is_made_for_goes_along() throws Exception {
        TraceParent trace = TraceParent.start();

        trace.in(Context.current()).call(() -> saga().submit());

        assertThat(server.arrivals.get(0).header("traceparent"))
                .startsWith("00-" + trace.traceId())
                .isNotEqualTo(trace.header());
    }

    @Test
    void a_submit_that_is_repeated_stays_in_its_trace() {
        coordinator.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        coordinator.loseAnswer("submit");

        saga().submit();

        assertThat(server.arrivals).hasSize(3);
        assertThat(server.arrivals.stream()
                        .map(arrival ->
                                String.valueOf(arrival.header("traceparent")).substring(3, 35))
                        .distinct())
                .hasSize(1);
    }
}
