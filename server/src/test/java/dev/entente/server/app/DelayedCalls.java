package dev.entente.server.app;

import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Intercepts a participant's calls and keeps back the first call of an operation of branch a. No later handler sees
 * that call. Thread-safe.
 */
final class DelayedCalls implements ServerInterceptor {
    private final Map<String, String> wanted = new ConcurrentHashMap<>();
    private final Map<String, Metadata> delayed = new ConcurrentHashMap<>();

    /** Keeps back that transaction's first call of the operation, from now on. */
    void delayFirst(String gid, String op) {
        wanted.put(gid, op);
    }

    boolean isDelayed(String gid) {
        return delayed.containsKey(gid);
    }

    /** Returns the metadata of the call that was kept back. */
    Metadata of(String gid) {
        return Objects.requireNonNull(delayed.get(gid));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String gid = headers.get(BranchMetadata.GID);
        String op = headers.get(BranchMetadata.OPERATION);
        if (gid != null && "a".equals(headers.get(BranchMetadata.BRANCH)) && wanted.remove(gid, op)) {
            delayed.put(gid, entente(headers));
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }

    /** Returns the headers without those of the connection. */
    private static Metadata entente(Metadata headers) {
        Metadata kept = new Metadata();
        for (String name : headers.keys()) {
            if (name.startsWith("entente-")) {
                Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
                kept.put(key, Objects.requireNonNull(headers.get(key)));
            }
        }
        return kept;
    }
}
