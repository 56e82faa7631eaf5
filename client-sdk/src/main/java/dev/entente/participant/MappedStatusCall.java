package dev.entente.participant;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TriedChildren;
import io.grpc.Context;
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
 * Closes a call with the status that the coordinator expects, if its handler failed with a {@link BranchException} or
 * with an application's equivalent exception.
 */
final class MappedStatusCall<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final @Nullable Branch branch;
    private final @Nullable TriedChildren tried;
    private final Function<Throwable, Optional<BranchException>> verdicts;
    private final Context context;

    /**
     * @param branch the branch of a coordinator's call; null for any other call
     * @param tried the children of a try, which the response names; null for any other operation
     * @param verdicts translates the application's own exceptions in a coordinator's call
     * @param context of the call; {@link CallLog} has its span
     */
    MappedStatusCall(
            ServerCall<Q, R> call,
            @Nullable Branch branch,
            @Nullable TriedChildren tried,
            Function<Throwable, Optional<BranchException>> verdicts,
            Context context) {
        super(call);
        this.branch = branch;
        this.tried = tried;
        this.verdicts = verdicts;
        this.context = context;
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closed.set(true);
        BranchException cause = status.isOk() ? null : verdict(status.getCause());
        if (cause == null) {
            CallLog.end(context, status.isOk() ? "" : status.getCode().name());
        }
        if (cause == null && status.isOk() && tried != null) {
            succeed(status, trailers, tried.text());
        } else if (cause == null) {
            super.close(status, trailers);
        } else {
            answer(cause);
        }
    }

    /**
     * Fails a try if the names of its children are too long for the trailer. Without the trailer, all registered
     * children would count as tried.
     */
    private void succeed(Status status, Metadata trailers, String names) {
        if (names.length() > TriedChildren.MAX_CHARS) {
            super.close(
                    Status.FAILED_PRECONDITION.withDescription("the names of the children of this try have "
                            + names.length() + " characters, but entente-tried has at most " + TriedChildren.MAX_CHARS
                            + "; use shorter names, or let children register some of the branches"),
                    new Metadata());
            return;
        }
        Metadata named = new Metadata();
        named.merge(trailers);
        named.put(BranchMetadata.TRIED, names);
        super.close(status, named);
    }

    /**
     * Closes the call with an exception that the handler threw.
     *
     * @return false if the call is already closed or the exception contains no verdict; the exception then propagates
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
        context.run(() -> CallLog.verdict(branch, last));
        CallLog.end(context, "");
        StatusRuntimeException answer = last.asStatus();
        Metadata trailers = answer.getTrailers();
        // without the cause, because a framework's interceptor would translate the cause
        super.close(answer.getStatus().withCause(null), trailers == null ? new Metadata() : trailers);
    }

    private @Nullable BranchException verdict(@Nullable Throwable failure) {
        BranchException found = branchException(failure);
        return found != null || failure == null || branch == null
                ? found
                : verdicts.apply(failure).orElse(null);
    }

    /** Frameworks wrap exceptions, so the search includes all causes. */
    static @Nullable BranchException branchException(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BranchException found) {
                return found;
            }
        }
        return null;
    }

    /**
     * Catches exceptions of a handler. gRPC calls a unary handler at half-close, and a streaming handler for each
     * message.
     */
    ServerCall.Listener<Q> listening(ServerCall.Listener<Q> handler) {
        // a unary handler runs only at half-close, so onMessage needs no MDC
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

            @Override
            public void onCancel() {
                CallLog.end(context, "CANCELLED");
                super.onCancel();
            }
        };
    }

    private void answering(@Nullable Branch logged, Runnable handler) {
        CallLog log = CallLog.enter(logged);
        try {
            handler.run();
        } catch (RuntimeException failure) { // frameworks wrap exceptions of the SDK; others propagate
            if (!closeWith(failure)) {
                CallLog.end(context, failure.getClass().getName());
                throw failure;
            }
        } catch (Error failure) {
            CallLog.end(context, failure.getClass().getName());
            throw failure;
        } finally {
            log.leave();
        }
    }
}
