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

/** The methods that can be called, each with its interceptors around it, by full name. Immutable. */
final class ServedMethods {
    private final Map<String, ServerMethodDefinition<?, ?>> known;
    private final List<ServerInterceptor> interceptors;
    private final @Nullable HandlerRegistry fallback;

    private ServedMethods(
            Map<String, ServerMethodDefinition<?, ?>> known,
            List<ServerInterceptor> interceptors,
            @Nullable HandlerRegistry fallback) {
        this.known = known;
        this.interceptors = interceptors;
        this.fallback = fallback;
    }

    static ServedMethods of(
            List<ServerServiceDefinition> services,
            List<ServerInterceptor> interceptors,
            @Nullable HandlerRegistry fallback) {
        List<ServerInterceptor> all = List.copyOf(interceptors);
        Map<String, ServerMethodDefinition<?, ?>> known = new HashMap<>();
        for (ServerServiceDefinition service : services) {
            for (ServerMethodDefinition<?, ?> method :
                    ServerInterceptors.intercept(service, all).getMethods()) {
                known.put(method.getMethodDescriptor().getFullMethodName(), method);
            }
        }
        return new ServedMethods(Map.copyOf(known), all, fallback);
    }

    /** Null where nobody serves that. */
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
