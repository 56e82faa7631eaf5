package dev.entente.client.tries;

import dev.entente.wire.BranchMetadata;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Reads which children the answer of a try names. The last attempt's answer counts. Thread-safe. */
public final class TriedReader implements ClientInterceptor {
    private volatile @Nullable String named;

    /** The names, or null if the answer had none. */
    public @Nullable String named() {
        return named;
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                super.start(new Reading<>(listener), headers);
            }
        };
    }

    private final class Reading<R> extends SimpleForwardingClientCallListener<R> {
        Reading(ClientCall.Listener<R> listener) {
            super(listener);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            named = trailers.get(BranchMetadata.TRIED);
            super.onClose(status, trailers);
        }
    }
}
