package dev.entente.participant;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TriedChildren;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Closes a call whose handler failed with a {@link BranchException}, or with what the application has for one, as the
 * coordinator expects it.
 */
final class AnsweringCall<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final @Nullable Branch branch;
    private final @Nullable TriedChildren tried;
    private final Function<Throwable, Optional<BranchException>> verdicts;

    /**
     * @param branch that of a coordinator's call; else null
     * @param tried those of a try, to be named in its answer; else null
     * @param verdicts what the application's own exceptions are in a coordinator's call
     */
    AnsweringCall(
            ServerCall<Q, R> call,
            @Nullable Branch branch,
            @Nullable TriedChildren tried,
            Function<Throwable, Optional<BranchException>> verdicts) {
        super(call);
        this.branch = branch;
        this.tried = tried;
        this.verdicts = verdicts;
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closed.set(true);
        BranchException cause = status.isOk() ? null : verdict(status.getCause());
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
        BranchException cause = verdict(thrown);
        if (cause == null || !closed.compareAndSet(false, true)) {
            return false;
        }
        answer(cause);
        return true;
    }

    private void answer(BranchException cause) {
        BranchException last = cause instanceof Rejection rejection ? rejection.afterTransaction() : cause;
        CallLog.verdict(branch, last);
        StatusRuntimeException answer = last.asStatus();
        Metadata trailers = answer.getTrailers();
        // without its cause: a framework's interceptor would answer for that one
        super.close(answer.getStatus().withCause(null), trailers == null ? new Metadata() : trailers);
    }

    private @Nullable BranchException verdict(@Nullable Throwable failure) {
        BranchException found = branchException(failure);
        return found != null || failure == null || branch == null
                ? found
                : verdicts.apply(failure).orElse(null);
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
        // a unary handler runs at half-close: what is logged before needs no MDC
        Branch streaming = getMethodDescriptor().getType().clientSendsOneMessage() ? null : branch;
        return new SimpleForwardingServerCallListener<>(handler) {
            @Override
            public void onMessage(Q message) {
                answering(streaming, () -> super.onMessage(message));
            }

            @Override
            public void onHalfClose() {
                answering(branch, super::onHalfClose);
            }
        };
    }

    private void answering(@Nullable Branch logged, Runnable handler) {
        CallLog log = CallLog.enter(logged);
        try {
            handler.run();
        } catch (RuntimeException failure) { // frameworks wrap ours in their own; what has none of ours in it goes on
            if (!closeWith(failure)) {
                throw failure;
            }
        } finally {
            log.leave();
        }
    }
}
