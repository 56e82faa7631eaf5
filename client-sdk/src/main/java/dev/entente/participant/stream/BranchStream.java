package dev.entente.participant.stream;

import com.google.protobuf.ByteString;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.wire.CallMark;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One open stream: starts incoming calls, and passes their answers to its {@link ResponseQueue}. gRPC calls this class on
 * one thread at a time. Answers of calls may come on any thread.
 */
final class BranchStream extends ServerCall.Listener<ExecuteRequest> {
    private final ServerCall<ExecuteRequest, ExecuteResponse> call;
    private final Metadata headers;
    private final ParticipantStream.Terms terms;
    private final ResponseQueue answers;
    /**
     * The context with the values of the stream's interceptors, but without the stream's cancellation, because every
     * call has its own cancellation. The stream's mark is removed, because each call must pass an interceptor that
     * reads the call's own metadata.
     */
    private final Context context = CallMark.removed(Context.current().fork());

    private final Map<Long, StreamedCall<?, ?>> inFlight = new ConcurrentHashMap<>();
    private final AtomicLong heldBytes = new AtomicLong();
    /** The number of unsent answers to refused calls. A refused call is not in {@code inFlight}. */
    private final AtomicInteger refusedWaiting = new AtomicInteger();

    private volatile int maxPayloadBytes;
    private final AtomicBoolean isPaused = new AtomicBoolean();

    private BranchStream(
            ServerCall<ExecuteRequest, ExecuteResponse> call, Metadata headers, ParticipantStream.Terms terms) {
        this.call = call;
        this.headers = headers;
        this.terms = terms;
        this.answers = new ResponseQueue(call, this::forget);
    }

    static BranchStream open(
            ServerCall<ExecuteRequest, ExecuteResponse> call, Metadata headers, ParticipantStream.Terms terms) {
        BranchStream stream = new BranchStream(call, headers, terms);
        // Writes only when the transport has sent the previous message, so that answers meanwhile share one message.
        call.setOnReadyThreshold(1);
        // Announces the participant: a coordinator sends no call before the headers.
        call.sendHeaders(new Metadata());
        call.request(1);
        return stream;
    }

    // ---- messages of the coordinator

    @Override
    public void onMessage(ExecuteRequest request) {
        if (request.getMaxPayloadBytes() > 0) {
            maxPayloadBytes = request.getMaxPayloadBytes();
        }
        answers.hold();
        try {
            for (int i = 0; i < request.getCancelledCount(); i++) {
                cancel(request.getCancelled(i));
            }
            for (BranchCall branch : request.getCallsList()) {
                begin(branch);
            }
        } finally {
            answers.letGo();
        }
        isPaused.set(true);
        readOn();
    }

    /**
     * Reads again unless too many refusals wait for a coordinator that reads no answers. Called after the pause begins,
     * and after each answer to a refused call. Of two concurrent threads, at least one then sees both changes.
     */
    private void readOn() {
        if (refusedWaiting.get() < terms.maxCalls() && isPaused.compareAndSet(true, false)) {
            call.request(1);
        }
    }

    private void cancel(long id) {
        StreamedCall<?, ?> cancelled = inFlight.get(id);
        if (cancelled != null) {
            cancelled.cancel("the coordinator no longer waits");
        }
    }

    private void begin(BranchCall branch) {
        int bytes = branch.getPayload().size();
        if (inFlight.size() >= terms.maxCalls() || heldBytes.get() + bytes > terms.maxBytes()) {
            refuse(
                    branch,
                    Status.RESOURCE_EXHAUSTED.withDescription("the participant's stream already holds "
                            + inFlight.size()
                            + " calls and " + heldBytes.get() + " bytes"));
            return;
        }
        ServerMethodDefinition<?, ?> method = terms.methods().find(branch.getMethod());
        if (method == null || method.getMethodDescriptor().getType() != MethodType.UNARY) {
            refuse(
                    branch,
                    Status.UNIMPLEMENTED.withDescription(
                            (method == null ? "Method not found: " : "Not a unary method: ") + branch.getMethod()));
            return;
        }
        begin(branch, method, bytes);
    }

    private <Q, R> void begin(BranchCall branch, ServerMethodDefinition<Q, R> method, int bytes) {
        StreamedCall<Q, R> begun = new StreamedCall<>(this, branch, method);
        if (inFlight.putIfAbsent(branch.getId(), begun) != null) {
            answers.breakOff(Status.INVALID_ARGUMENT.withDescription("id " + branch.getId() + " is in use already"));
            return;
        }
        heldBytes.addAndGet(bytes);
        try {
            begun.begin();
        } catch (RejectedExecutionException full) {
            begun.close(
                    Status.UNAVAILABLE
                            .withDescription("the participant's executor accepts no more calls")
                            .withCause(full),
                    new Metadata());
        }
    }

    private void refuse(BranchCall branch, Status status) {
        refusedWaiting.incrementAndGet();
        answers.add(StatusAnswer.of(branch.getId(), status), null);
    }

    @Override
    public void onReady() {
        answers.write();
    }

    /** Closes the stream when all running calls are answered, because the coordinator sends no more calls. */
    @Override
    public void onHalfClose() {
        answers.closeWhenAllLeft(inFlight::isEmpty);
    }

    /** Cancels all calls, because the connection or the coordinator is gone. */
    @Override
    public void onCancel() {
        answers.drop();
        inFlight.values().forEach(each -> each.cancel("the coordinator's stream broke"));
    }

    // ---- results of the calls

    /** Queues an answer. At most once for each call, and not after {@link #abandon}. */
    void answer(StreamedCall<?, ?> answered, BranchAnswer answer) {
        long before = heldBytes.getAndAdd(answer.getPayload().size());
        if (before + answer.getPayload().size() <= terms.maxBytes()) {
            answers.add(answer, answered);
            return;
        }
        heldBytes.addAndGet(-answer.getPayload().size());
        Status refused =
                Status.RESOURCE_EXHAUSTED.withDescription("too many responses wait for the coordinator to read them");
        answers.add(StatusAnswer.of(answer.getId(), refused), answered);
    }

    /** Removes a call that needs no answer. */
    void abandon(StreamedCall<?, ?> abandoned) {
        inFlight.remove(abandoned.id());
        heldBytes.addAndGet(-abandoned.requestBytes());
        answers.write();
    }

    /** Removes a call after its answer was sent. */
    private void forget(BranchAnswer answer, @Nullable StreamedCall<?, ?> answered) {
        if (answered == null) {
            refusedWaiting.decrementAndGet();
            readOn();
        } else {
            inFlight.remove(answered.id());
            heldBytes.addAndGet(-answered.requestBytes() - answer.getPayload().size());
        }
    }

    /** Returns whether a response is too large to be sent. */
    boolean isTooLarge(ByteString response) {
        return maxPayloadBytes > 0 && response.size() > maxPayloadBytes;
    }

    /** Returns the metadata of the stream, which each of its calls also has. */
    Metadata headers() {
        return headers;
    }

    Context context() {
        return context;
    }

    ServerCall<?, ?> call() {
        return call;
    }

    ParticipantStream.Terms terms() {
        return terms;
    }
}
