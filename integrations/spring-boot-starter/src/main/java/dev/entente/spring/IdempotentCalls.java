package dev.entente.spring;

import dev.entente.idempotency.IdempotencyInterceptor;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.function.SingletonSupplier;

/**
 * Applies keys to the marked methods of gRPC services. In a coordinator's call the branch is the key; a barriered
 * method needs none.
 */
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
        String rpc = call.getMethodDescriptor().getFullMethodName();
        boolean isCoordinators = headers.containsKey(BranchMetadata.GID);
        if (!beans.isIdempotentRpc(rpc) || (isCoordinators && beans.isBarrieredRpc(rpc))) {
            return next.startCall(call, headers);
        }
        if (isCoordinators) {
            String key = Stream.of(BranchMetadata.GID, BranchMetadata.BRANCH, BranchMetadata.OPERATION)
                    .map(headers::get)
                    .map(String::valueOf)
                    .collect(Collectors.joining("/"));
            headers.discardAll(BranchMetadata.IDEMPOTENCY_KEY);
            headers.put(BranchMetadata.IDEMPOTENCY_KEY, key);
        }
        return keyed.get().interceptCall(call, headers, next);
    }
}
