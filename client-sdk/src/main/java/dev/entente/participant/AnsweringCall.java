package dev.entente.participant;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TriedChildren;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes a call whose handler failed with a {@link BranchException} as the coordinator expects it. */
final class AnsweringCall<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
    private static final Logger LOG = LoggerFactory.getLogger(AnsweringCall.class);

    private final AtomicBoolean closed = new AtomicBoolean();
    private final @Nullable TriedChildren tried;

    /** @param tried those of a try, to be named in its answer; else null */
    AnsweringCall(ServerCall<Q, R> call, @Nullable TriedChildren tried) {
        super(call);
        this.tried = tried;
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closed.set(true);
        BranchException cause = status.isOk() ? null : branchException(status.getCause());
        if (cause == null && status.isOk() && tried != null) {
            succeed(status, trailers, tried.text());
        } else if (cause == null) {
            super.close(status, trailers);
        } else {
            answer(cause);
        }
    }

    /** A try that cannot name all its children must not pass for one that vouches for none of them. */
    private void succeed(Status status, Metadata trailers, String names) {
        if (names.length() > TriedChildren.MOST_CHARS) {
            super.close(
                    Status.FAILED_PRECONDITION.withDescription("the names of the children that this try has tried take "
                            + names.length() + " characters, and entente-tried holds " + TriedChildren.MOST_CHARS
                            + "; give them shorter names, or let children register some of them"),
                    new Metadata());
            return;
        }
        Metadata named = new Metadata();
        named.merge(trailers);
        named.put(BranchMetadata.TRIED, names);
        super.close(status, named);
    }

    /**
     * Answers with an exception that came out of the handler.
     *
     * @return false if it is none of ours, or if the handler had answered already: then the exception goes its own way
     */
    private boolean closeWith(Throwable thrown) {
        BranchException cause = branchException(thrown);
        if (cause == null || !closed.compareAndSet(false, true)) {
            return false;
        }
        answer(cause);
        return true;
    }

    private void answer(BranchException cause) {
        BranchException last = cause instanceof Rejection rejection ? rejection.afterTransaction() : cause;
        if (last instanceof BarrierUnusable unusable) {
            LOG.error("{}", unusable.getMessage(), unusable);
        }
        StatusRuntimeException answer = last.asStatus();
        Metadata trailers = answer.getTrailers();
        super.close(answer.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    /** Frameworks wrap what passes through them. */
    static @Nullable BranchException branchException(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BranchException found) {
                return found;
            }
        }
        return null;
    }

    /**
     * Catches what a handler throws where gRPC calls it: a unary method at half-close, a streaming one with each
     * message.
     */
    ServerCall.Listener<Q> listening(ServerCall.Listener<Q> handler) {
        return new SimpleForwardingServerCallListener<>(handler) {
            @Override
            public void onMessage(Q message) {
                answering(() -> super.onMessage(message));
            }

            @Override
            public void onHalfClose() {
                answering(super::onHalfClose);
            }
        };
    }

    private void answering(Runnable handler) {
        try {
            handler.run();
        } catch (RuntimeException failure) { // frameworks wrap ours in their own; what has none of ours in it goes on
            if (!closeWith(failure)) {
                throw failure;
            }
        }
    }
}
