package dev.entente.client.channel;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import java.util.concurrent.atomic.AtomicInteger;

/** A health service with an answer that the test sets, and a counter of checks. */
public final class FakeHealth implements BindableService {
    public final AtomicInteger checks = new AtomicInteger();
    private volatile boolean isServing = true;

    public void serving(boolean serving) {
        isServing = serving;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return ServerServiceDefinition.builder("grpc.health.v1.Health")
                .addMethod(HealthCheck.CHECK, ServerCalls.asyncUnaryCall((request, answer) -> {
                    checks.incrementAndGet();
                    answer.onNext(new byte[] {1 << 3, (byte) (isServing ? 1 : 2)});
                    answer.onCompleted();
                }))
                .build();
    }
}
