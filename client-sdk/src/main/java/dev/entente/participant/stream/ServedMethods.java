package dev.entente.participant.stream;

import io.grpc.HandlerRegistry;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The methods that can be called, each with its interceptors, by full name. Immutable. */
final class ServedMethods {
    private final Map<String, ServerMethodDefinition<?, ?>> known = new HashMap<>();
    private final List<ServerInterceptor> interceptors;
    private final @Nullable HandlerRegistry fallback;

    ServedMethods(
            List<ServerServiceDefinition> services,
            List<ServerInterceptor> interceptors,
            @Nullable HandlerRegistry fallback) {
        this.interceptors = List.copyOf(interceptors);
        this.fallback = fallback;
        for (ServerServiceDefinition service : services) {
            for (ServerMethodDefinition<?, ?> method :
                    ServerInterceptors.intercept(service, this.interceptors).getMethods()) {
                known.put(method.getMethodDescriptor().getFullMethodName(), method);
            }
        }
    }

    /** Returns the method; null if no service has it. */
    @Nullable
    ServerMethodDefinition<?, ?> find(String name) {
        ServerMethodDefinition<?, ?> method = known.get(name);
        if (method != null || fallback == null) {
            return method;
        }
        ServerMethodDefinition<?, ?> found = fallback.lookupMethod(name);
        return found == null ? null : intercepted(found);
    }

    private <Q, R> ServerMethodDefinition<?, ?> intercepted(ServerMethodDefinition<Q, R> method) {
        String service = String.valueOf(method.getMethodDescriptor().getServiceName());
        ServerServiceDefinition alone =
                ServerServiceDefinition.builder(service).addMethod(method).build();
        return ServerInterceptors.intercept(alone, interceptors)
                .getMethods()
                .iterator()
                .next();
    }
}
