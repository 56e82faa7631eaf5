package dev.entente.server.api.wire;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.util.MutableHandlerRegistry;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Services that are added after the server was bound, for its address must be known before it may hold a transaction.
 * Until they are open every method is found, and the call is refused here: a method that is not found is answered
 * UNIMPLEMENTED before any interceptor sees it, and clients give up on that.
 */
public final class LateServices extends HandlerRegistry implements ServerInterceptor {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private volatile boolean isOpen;

    public void add(ServerServiceDefinition service) {
        services.addService(RequestParsing.of(service));
    }

    /** From now on calls reach the services. */
    public void open() {
        isOpen = true;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return isOpen || call.getMethodDescriptor().getFullMethodName().startsWith("grpc.")
                ? next.startCall(call, headers)
                : Errors.refuse(call, starting());
    }

    private static Refusal starting() {
        return Refusal.temporary(ErrorCode.DRAINING, "this coordinator is starting; send it again", PAUSE);
    }

    /** Reflection tells of these. */
    @Override
    public List<ServerServiceDefinition> getServices() {
        return services.getServices();
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String methodName, @Nullable String authority) {
        ServerMethodDefinition<?, ?> found = services.lookupMethod(methodName, authority);
        return found == null && !isOpen ? stopgap(methodName) : found;
    }

    private static ServerMethodDefinition<InputStream, InputStream> stopgap(String methodName) {
        MethodDescriptor<InputStream, InputStream> method = MethodDescriptor.<InputStream, InputStream>newBuilder()
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .setFullMethodName(methodName)
                .setRequestMarshaller(UnparsedBytes.AS_THEY_ARE)
                .setResponseMarshaller(UnparsedBytes.AS_THEY_ARE)
                .build();
        // Reached only where they are opened between this and the interceptor's own look at the call.
        return ServerMethodDefinition.create(method, (call, _) -> Errors.refuse(call, starting()));
    }
}
