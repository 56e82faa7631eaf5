package dev.entente.spring;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs directly before the methods of gRPC services, inside {@link BranchInterceptor}. Reports coordinators' calls that
 * did not reach the barrier. Answers a rejection that rolled no transaction back with FAILED_PRECONDITION and without a
 * reason. The coordinator reads this answer as Failed: the step is compensated, too. Thread-safe.
 */
final class UnguardedRpcs implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(UnguardedRpcs.class);

    private final MarkedBeans beans;
    private final UnguardedCalls calls;

    UnguardedRpcs(MarkedBeans beans, UnguardedCalls calls) {
        this.beans = beans;
        this.calls = calls;
    }

    /** Returns the given interceptor followed by this one. */
    ServerInterceptor behind(BranchInterceptor first) {
        UnguardedRpcs second = this;
        return new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                return first.interceptCall(call, headers, (inner, same) -> second.interceptCall(inner, same, next));
            }
        };
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Branch branch = Branch.current().orElse(null);
        if (branch == null) {
            return next.startCall(call, headers);
        }
        Watched<Q, R> watched = new Watched<>(call, branch);
        return watched.listening(next.startCall(watched, headers));
    }

    /** A coordinator's call. The thread that closes the call may differ from the thread that began it. */
    private final class Watched<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final Branch branch;
        private final Context context = Context.current();
        private volatile boolean isClosed;

        Watched(ServerCall<Q, R> call, Branch branch) {
            super(call);
            this.branch = branch;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            isClosed = true;
            Status failed = failed(status, status.getCause());
            super.close(failed == null ? status : failed, failed == null ? trailers : new Metadata());
        }

        ServerCall.Listener<Q> listening(ServerCall.Listener<Q> handler) {
            return new SimpleForwardingServerCallListener<>(handler) {
                @Override
                public void onHalfClose() {
                    try {
                        super.onHalfClose();
                    } catch (RuntimeException failure) {
                        if (isClosed) {
                            throw failure;
                        }
                        Status failed = failed(Status.UNKNOWN, failure);
                        if (failed == null) {
                            throw failure;
                        }
                        isClosed = true;
                        Watched.super.close(failed, new Metadata());
                    }
                }
            };
        }

        /** Reports the call. Returns the status of a refusal that is not trusted; null for any other answer. */
        private @Nullable Status failed(Status status, @Nullable Throwable failure) {
            Context before = context.attach();
            try {
                String rpc = getMethodDescriptor().getFullMethodName();
                if (status.getCode() != Status.Code.UNIMPLEMENTED && !beans.isBarrieredRpc(rpc)) {
                    calls.add(rpc, branch);
                }
                if (failure == null
                        || RejectedExceptions.of(failure).isEmpty()
                        || RejectedExceptions.in(failure).isPresent()) {
                    return null;
                }
                LOG.warn(
                        "{} rejected {} without the barrier, and no transaction was rolled back; put @Barriered on the"
                                + " method, or let @Transactional roll back: {}",
                        rpc,
                        branch,
                        failure.toString());
                return Status.FAILED_PRECONDITION.withDescription(
                        "%.300s (no transaction was rolled back, so this step is undone, too)".formatted(failure));
            } finally {
                context.detach(before);
            }
        }
    }
}
