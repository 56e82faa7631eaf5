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
 * Services that are added after the server binds its port, because the coordinator needs its address before it may own
 * a transaction. Until {@link #open} each method is found, and this interceptor refuses the call. gRPC answers an
 * unknown method with UNIMPLEMENTED before the interceptors, and clients do not retry UNIMPLEMENTED.
 */
public final class LateServices extends HandlerRegistry implements ServerInterceptor {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private volatile boolean isOpen;

    public void add(ServerServiceDefinition service) {
        services.addService(RequestParsing.of(service));
    }

    /** Lets calls reach the services from now on. */
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
        return Refusal.temporary(ErrorCode.DRAINING, "this coordinator is starting; send the request again", PAUSE);
    }

    /** Returns the services for reflection. */
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
        // Runs only if the services open between this lookup and the interceptor's check of the call.
        return ServerMethodDefinition.create(method, (call, _) -> Errors.refuse(call, starting()));
    }
}
