package dev.entente.spring;

import dev.entente.idempotency.IdempotencyInterceptor;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.function.SingletonSupplier;

/** Puts keys before the marked methods of gRPC services, save for coordinators, whose key is for the barrier. */
final class IdempotentCalls implements ServerInterceptor {
    private final MarkedBeans beans;
    private final Supplier<ServerInterceptor> keyed;

    IdempotentCalls(MarkedBeans beans, ObjectProvider<IdempotencyKeys> keys) {
        this.beans = beans;
        this.keyed = SingletonSupplier.of(() -> new IdempotencyInterceptor(keys.getObject()));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return beans.isIdempotentRpc(call.getMethodDescriptor().getFullMethodName())
                        && !headers.containsKey(BranchMetadata.GID)
                ? keyed.get().interceptCall(call, headers, next)
                : next.startCall(call, headers);
    }
}
