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

/** The headers of a submit that is a unary call. */
class SubmitHeadersTest extends CoordinatorFixture {
    private static final TraceParent TRACE =
            new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00");

    SubmitHeadersTest() throws IOException {
        super(settings -> settings.bearerToken("secret").stream(false));
    }

    /** Sends headers before the answer is known, as some proxies do. */
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
    void a_refusal_after_early_headers_is_read_as_a_refusal() throws IOException {
        FakeCoordinator refusing = new FakeCoordinator();
        refusing.fail("submit", FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-051", "it goes"));
        refusing.fail("submit", FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-001", "a mistake"));
        try (Loopback proxy = new Loopback(refusing, new HeadersFirst());
                Entente proxied = proxy.client().stream(false).build()) {
            assertThatThrownBy(() -> proxied.saga("checkout").submit())
                    .isInstanceOfSatisfying(
                            TransactionRefused.class,
                            refused -> assertThat(refused.code()).isEqualTo("ENT-001"));
        }
    }

    private Saga saga() {
        return entente.saga("checkout").gid("order-1");
    }

    @Test
    void a_submit_carries_a_gid_a_token_and_a_deadline_and_invents_no_trace() {
        coordinator.warnings.add("a doubt");
        Submitted submitted = saga().submit();

        assertThat(submitted.gid()).isEqualTo("order-1");
        assertThat(submitted.alreadyKnown()).isFalse();
        assertThat(submitted.warnings()).containsExactly("a doubt");
        Loopback.Arrival arrival = server.arrivals.get(0);
        assertThat(arrival.header("authorization")).isEqualTo("Bearer secret");
        assertThat(arrival.header("traceparent")).isNull();
        assertThat(arrival.hasDeadline()).isTrue();
    }

    @Test
    void a_submit_continues_the_trace_of_its_context() throws Exception {
        TRACE.in(Context.current()).call(() -> saga().submit());

        assertThat(server.arrivals.get(0).header("traceparent")).isEqualTo(TRACE.header());
    }

    @Test
    void repeated_attempts_of_a_submit_have_the_trace_of_its_context() throws Exception {
        coordinator.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        coordinator.loseAnswer("submit");

        TRACE.in(Context.current()).call(() -> saga().submit());

        assertThat(server.arrivals)
                .hasSize(3)
                .allSatisfy(arrival -> assertThat(arrival.header("traceparent")).isEqualTo(TRACE.header()));
    }
}
