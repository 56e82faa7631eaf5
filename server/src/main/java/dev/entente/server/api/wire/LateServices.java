package dev.entente.server.api.wire;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.util.MutableHandlerRegistry;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Services that are added after the server was bound. Until the gate is open every method is found, so that the gate
 * refuses the call: a method that is not found is answered UNIMPLEMENTED before any interceptor sees it, and clients
 * give up on that.
 */
public final class LateServices extends HandlerRegistry {
    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private final StartupGate gate;

    public LateServices(StartupGate gate) {
        this.gate = gate;
    }

    public void add(ServerServiceDefinition service) {
        services.addService(RequestParsing.of(service));
    }

    /** From now on calls reach the services. */
    public void open() {
        gate.open();
    }

    /** Reflection tells of these. */
    @Override
    public List<ServerServiceDefinition> getServices() {
        return services.getServices();
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String methodName, @Nullable String authority) {
        ServerMethodDefinition<?, ?> found = services.lookupMethod(methodName, authority);
        return found == null && !gate.isOpen() ? stopgap(methodName) : found;
    }

    private static ServerMethodDefinition<InputStream, InputStream> stopgap(String methodName) {
        MethodDescriptor<InputStream, InputStream> method = MethodDescriptor.<InputStream, InputStream>newBuilder()
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .setFullMethodName(methodName)
                .setRequestMarshaller(UnparsedBytes.AS_THEY_ARE)
                .setResponseMarshaller(UnparsedBytes.AS_THEY_ARE)
                .build();
        // Reached only where the gate opens between this and its own look at the call.
        return ServerMethodDefinition.create(method, (call, headers) -> {
            call.close(Status.UNAVAILABLE.withDescription("this coordinator is starting"), new Metadata());
            return new ServerCall.Listener<>() {};
        });
    }
}
