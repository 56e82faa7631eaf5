package dev.entente.participant.stream;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.wire.PayloadStream;
import dev.entente.wire.WireAnswer;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of a stream, as services and interceptors see it: a standard {@link ServerCall}. The executor runs the
 * listener's callbacks one at a time. Answers may come on any thread.
 */
final class StreamedCall<Q, R> extends ServerCall<Q, R> implements Runnable, Context.CancellationListener {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedCall.class);

    // The events for the listener, and whether a thread runs the call, as bits of one number.
    private static final int START = 1;
    private static final int DELIVER = 1 << 1;
    private static final int CANCEL = 1 << 2;
    private static final int COMPLETE = 1 << 3;
    private static final int RUNNING = 1 << 4;
    private static final int ENDED = 1 << 5;

    private final BranchStream stream;
    private final BranchCall branch;
    private final ServerMethodDefinition<Q, R> method;
    private final Context.CancellableContext context;
    private final AtomicInteger state = new AtomicInteger();
    private volatile boolean isCancelled;
    private @Nullable Listener<Q> listener;
    private boolean isDelivered;
    private @Nullable R response;
    private volatile boolean isClosed;

    StreamedCall(BranchStream stream, BranchCall branch, ServerMethodDefinition<Q, R> method) {
        this.stream = stream;
        this.branch = branch;
        this.method = method;
        this.context = branch.getTimeoutMillis() > 0
                ? stream.context()
                        .withDeadline(
                                Deadline.after(branch.getTimeoutMillis(), TimeUnit.MILLISECONDS),
                                stream.terms().clock())
                : stream.context().withCancellation();
    }

    long id() {
        return branch.getId();
    }

    int requestBytes() {
        return branch.getPayload().size();
    }

    /** Starts the call on the executor. */
    void begin() {
        context.addListener(this, Runnable::run);
        post(START);
    }

    /** Cancels the call, because its answer is not needed any more. */
    void cancel(String why) {
        context.cancel(Status.CANCELLED.withDescription(why).asRuntimeException());
    }

    /** Handles the end of the context: its deadline has passed, or the call was cancelled, or the call is complete. */
    @Override
    public void cancelled(Context ignored) {
        if (!end()) {
            return;
        }
        isCancelled = true;
        if (context.cancellationCause() instanceof TimeoutException) {
            stream.answer(this, failed(Status.DEADLINE_EXCEEDED.withDescription("the deadline has passed")));
        } else {
            stream.abandon(this);
        }
        post(CANCEL);
    }

    /** Ends the call, and returns whether it had not ended before. */
    private boolean end() {
        return (state.getAndUpdate(bits -> bits | ENDED) & ENDED) == 0;
    }

    // ---- its listener

    private void post(int bit) {
        int before = state.getAndUpdate(bits -> bits | bit | RUNNING);
        if ((before & RUNNING) == 0) {
            stream.terms().executor().execute(this);
        }
    }

    @Override
    public void run() {
        Context previous = context.attach();
        try {
            for (int bits = take(); bits != 0; bits = take()) {
                report(bits);
            }
        } finally {
            context.detach(previous);
        }
    }

    /**
     * Takes the events to deliver now. If there are no events (0), this thread stops running the call, and another
     * thread may run the call.
     */
    private int take() {
        int reported = START | DELIVER | CANCEL | COMPLETE;
        int before = state.getAndUpdate(bits -> (bits & reported) == 0 ? bits & ~RUNNING : bits & ~reported);
        return before & reported;
    }

    private void report(int bits) {
        try {
            if ((bits & START) != 0 && !isCancelled) {
                listener = method.getServerCallHandler().startCall(this, ItemMetadata.of(stream.headers(), branch));
                listener.onReady();
            }
            if ((bits & DELIVER) != 0 && listener != null && !isDelivered && !isCancelled) {
                isDelivered = true;
                listener.onMessage(method.getMethodDescriptor().parseRequest(new PayloadStream(branch.getPayload())));
                listener.onHalfClose();
            }
            if (listener != null && (bits & CANCEL) != 0) {
                listener.onCancel();
            } else if (listener != null && (bits & COMPLETE) != 0) {
                listener.onComplete();
            }
        } catch (RuntimeException | Error thrown) {
            LOG.error("{} threw an exception", branch.getMethod(), thrown);
            if (!isClosed) {
                closeWith(thrown);
            }
        } finally {
            if ((bits & COMPLETE) != 0) {
                context.cancel(null);
            }
        }
    }

    /** Answers with an exception that no interceptor has translated. */
    private void closeWith(Throwable thrown) {
        if (thrown instanceof WireAnswer known) {
            StatusRuntimeException answer = known.asStatus();
            Metadata trailers = answer.getTrailers();
            close(answer.getStatus(), trailers == null ? new Metadata() : trailers);
        } else {
            close(Status.UNKNOWN.withDescription("Application error processing RPC"), new Metadata());
        }
    }

    // ---- calls of the handler

    @Override
    public void request(int messages) {
        post(DELIVER);
    }

    @Override
    public void sendHeaders(Metadata headers) {
        // A stream transports no headers: coordinators read none.
    }

    @Override
    public void sendMessage(R message) {
        if (response != null) {
            close(Status.INTERNAL.withDescription("Too many responses"), new Metadata());
        } else {
            response = message;
        }
    }

    @Override
    public void close(Status status, Metadata trailers) {
        if (isClosed) {
            if (isCancelled) {
                return;
            }
            throw new IllegalStateException("call already closed");
        }
        isClosed = true;
        BranchAnswer answer = readable(status, trailers);
        if (end()) {
            stream.answer(this, answer);
            post(COMPLETE);
        }
    }

    /** Returns an answer in any case: the call is closed, and without an answer it would last until its deadline. */
    private BranchAnswer readable(Status status, Metadata trailers) {
        try {
            return answer(status, trailers);
        } catch (RuntimeException | Error unserialisable) {
            LOG.error("the response of {} cannot be serialized", branch.getMethod(), unserialisable);
            return failed(Status.INTERNAL.withDescription("the response cannot be serialized"));
        }
    }

    private BranchAnswer answer(Status status, Metadata trailers) {
        if (!status.isOk()) {
            return StatusAnswer.of(id(), status, trailers);
        }
        R message = response;
        if (message == null) {
            return failed(Status.INTERNAL.withDescription("Completed without a response"));
        }
        ByteString payload = bytes(method.getMethodDescriptor(), message);
        return stream.isTooLarge(payload)
                ? StatusAnswer.tooLarge(id(), payload.size())
                : StatusAnswer.ok(id(), payload, trailers);
    }

    /** Returns the response as bytes, as the method's marshaller writes it. */
    private static <R> ByteString bytes(MethodDescriptor<?, R> method, R response) {
        if (response instanceof MessageLite message
                && method.getResponseMarshaller() instanceof MethodDescriptor.PrototypeMarshaller) {
            return message.toByteString();
        }
        try (InputStream stream = method.streamResponse(response)) {
            return ByteString.readFrom(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BranchAnswer failed(Status status) {
        return StatusAnswer.of(id(), status);
    }

    // ---- properties

    @Override
    public boolean isReady() {
        return (state.get() & ENDED) == 0;
    }

    @Override
    public boolean isCancelled() {
        return isCancelled;
    }

    @Override
    public MethodDescriptor<Q, R> getMethodDescriptor() {
        return method.getMethodDescriptor();
    }

    @Override
    public Attributes getAttributes() {
        return stream.call().getAttributes();
    }

    @Override
    public @Nullable String getAuthority() {
        return stream.call().getAuthority();
    }

    @Override
    public SecurityLevel getSecurityLevel() {
        return stream.call().getSecurityLevel();
    }
}
