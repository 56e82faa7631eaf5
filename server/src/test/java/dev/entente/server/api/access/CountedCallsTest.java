package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.entente.server.telemetry.Metrics;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import org.junit.jupiter.api.Test;

/** The count of calls without a token. */
final class CountedCallsTest {
    private final Metrics metrics = Metrics.withoutJvm();

    @Test
    void a_call_that_does_not_start_is_not_counted() {
        OpenCalls calls = new OpenCalls(metrics);

        assertThatIllegalStateException()
                .isThrownBy(() -> Caller.anonymous("127.0.0.1", null, null)
                        .in(Context.ROOT)
                        .call(() -> calls.interceptCall(new Call(), new Metadata(), (_, _) -> {
                            throw new IllegalStateException("no");
                        })));

        assertThat(metrics.exposition()).contains("entente_grpc_port_open_calls 0.0");
    }

    private static final class Call extends ServerCall<HealthCheckRequest, HealthCheckResponse> {
        @Override
        public void request(int messages) {}

        @Override
        public void sendHeaders(Metadata headers) {}

        @Override
        public void sendMessage(HealthCheckResponse message) {}

        @Override
        public void close(Status status, Metadata trailers) {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.EMPTY;
        }

        @Override
        public MethodDescriptor<HealthCheckRequest, HealthCheckResponse> getMethodDescriptor() {
            return HealthGrpc.getCheckMethod();
        }
    }
}
