package dev.entente.server.participant.grpc;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.InFlightLimit;
import dev.entente.v1.BranchAnswer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call from waiting to its answer, over a stream or by itself. It is its own place in the queue and gRPC's
 * listener, so that it costs one object.
 */
final class OutgoingCall extends ClientCall.Listener<ByteString> implements InFlightLimit.Entrant {
    private static final Metadata NO_TRAILERS = new Metadata();

    private final GrpcParticipant participant;
    private final Dispatch dispatch;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private @Nullable ClientCall<ByteString, ByteString> grpc;
    /** Until when it may wait; once it has left, until when it may be answered. */
    private volatile long untilNanos;
    /** Until when it may wait for a connection, once it has found none; else 0. */
    private long connectUntilNanos;

    private boolean isConnecting;
    private long leftNanos;
    private @Nullable ByteString response;
    private boolean headersCame;
    private boolean isTooMany;
    private boolean isClosed;

    OutgoingCall(GrpcParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        this.participant = participant;
        this.dispatch = participant.dispatch();
        this.call = call;
        this.answer = answer;
        this.untilNanos = System.nanoTime() + call.timeout().toNanos();
    }

    // ---- before it leaves

    @Override
    public boolean isTooLate(long nanoTime) {
        return nanoTime - untilNanos >= 0;
    }

    @Override
    public boolean isUnwanted() {
        return !call.permit().mayWait();
    }

    @Override
    public void turnAway(String why) {
        if (isConnecting) {
            call.permit().waits(call.branch(), null);
            boolean hasWaited = System.nanoTime() - connectUntilNanos >= 0;
            Circuit circuit = participant.circuit();
            dispatch.unreachable(call, answer, why, hasWaited ? circuit.rest() : circuit.pause());
        } else {
            dispatch.notSent(call, answer, why);
        }
    }

    @Override
    public void connected() {
        isConnecting = false;
        call.permit().waits(call.branch(), null);
        untilNanos = System.nanoTime() + call.timeout().toNanos();
    }

    @Override
    public Instant createdAt() {
        return call.createdAt();
    }

    @Override
    public void enter() {
        // A stream asks whether it may leave when it does; by itself it leaves now.
        OpenStream stream = participant.stream(call.request().size());
        if (stream == null) {
            leaveByItself();
        } else {
            stream.offer(this);
        }
    }

    /**
     * Asked at the last moment: the lease may have lapsed, and the time be up, while it waited. If it may, it counts as
     * having left now.
     *
     * @return false: it was answered as not sent
     */
    boolean mayLeave(long nanoTime) {
        if (isTooLate(nanoTime)) {
            dispatch.givingBack(() -> turnAway("its time was up while it waited"));
            return false;
        }
        String refusal = dispatch.refusal(call);
        if (refusal != null) {
            dispatch.refused(call, answer, refusal);
            return false;
        }
        if (isConnecting) {
            call.permit().waits(call.branch(), null);
        }
        leftNanos = nanoTime;
        untilNanos = nanoTime + call.timeout().toNanos();
        return true;
    }

    // ---- over a stream

    /** Returns the message that the stream sends for it, once it {@link #mayLeave}. */
    dev.entente.v1.BranchCall message(long id) {
        return participant
                .metadata()
                .message(call, id, Math.max(1, call.timeout().toMillis()));
    }

    void answered(BranchAnswer said) {
        ByteString payload = said.getPayload();
        boolean isTooLarge =
                said.getTooLarge() || payload.size() > participant.config().maxResponseBytes();
        Status code = Status.fromCodeValue(isTooLarge ? Status.Code.RESOURCE_EXHAUSTED.value() : said.getCode());
        Status status = said.getMessage().isEmpty() ? code : code.withDescription(said.getMessage());
        // As gRPC itself tells of a response that it gave up reading: an answer had begun, and there are no trailers.
        Metadata trailers =
                (status.isOk() && !said.hasTried()) || isTooLarge ? NO_TRAILERS : OutcomeTable.trailers(said);
        finish(
                status,
                dispatch.classified(call, () -> participant.table().classify(status, trailers, payload, isTooLarge)),
                Circuit.Link.ANSWERED);
    }

    /** No answer came in time. */
    void expired() {
        Status status = Status.DEADLINE_EXCEEDED.withDescription("no answer in time");
        finish(participant.table().classify(status, NO_TRAILERS, null, false), Circuit.Link.SILENT);
    }

    /** The stream ended after it had left: nobody knows what became of it. */
    void cutOff(String found) {
        // A link that breaks is one broken link, however many calls were on it: the stream reports it.
        finish(new Outcome.Unknown("UNAVAILABLE: the stream ended before the answer", null), Circuit.Link.SILENT);
        participant.gate().noteBroken(OutcomeTable.shortened("the stream ended before the answer: " + found));
    }

    // ---- by itself

    /** Over a connection that is ready. Over one that failed it learns why at once, and waits then. */
    void leaveByItself() {
        if (!mayLeave(System.nanoTime())) {
            return;
        }
        Channel channel = participant.channel();
        if (channel == null || participant.circuit().admit() == Circuit.Admission.WAIT) {
            awaitConnection();
        } else {
            leave(channel);
        }
    }

    private void awaitConnection() {
        if (dispatch.isClosed()) {
            dispatch.refused(call, answer, "this coordinator is shutting down");
            return;
        }
        if (connectUntilNanos == 0) {
            connectUntilNanos = System.nanoTime() + participant.gate().connectNanos();
        }
        isConnecting = true;
        untilNanos = connectUntilNanos;
        call.permit().waits(call.branch(), participant.gate().whyItWaits());
        participant.gate().awaitConnection(this);
    }

    /**
     * In no request's context: the one that brought this call about may be answered, and its context over, long before
     * this one.
     */
    private void leave(Channel channel) {
        Context requester = Context.ROOT.attach();
        try {
            start(channel);
        } finally {
            Context.ROOT.detach(requester);
        }
    }

    private void start(Channel channel) {
        CallOptions options =
                CallOptions.DEFAULT.withDeadlineAfter(call.timeout().toNanos(), TimeUnit.NANOSECONDS);
        ClientCall<ByteString, ByteString> started = null;
        isClosed = false;
        try {
            started = channel.newCall(participant.method(call.target()), options);
            grpc = started;
            started.start(this, participant.metadata().of(call));
            // Two, to see that there is no second.
            started.request(2);
            started.sendMessage(call.request());
            started.halfClose();
        } catch (RuntimeException | Error e) {
            dispatch.caught(call, "a call to participant {} could not be started", e);
            // A call that gRPC could not start is never closed by it, and would hold its place for ever.
            if (started != null) {
                started.cancel("not started", e);
            }
            failed(Status.INTERNAL
                    .withDescription("the call could not be started")
                    .withCause(e));
        }
    }

    @Override
    public void onHeaders(Metadata headers) {
        headersCame = true;
    }

    @Override
    public void onMessage(ByteString message) {
        isTooMany = response != null;
        response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (hasNotLeft(status)) {
            boolean isSlow = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
            participant.circuit().report(isSlow ? Circuit.Link.SILENT : Circuit.Link.BROKEN);
            participant.gate().noteUnreachable(participant.whyUnreachable(), OutcomeTable.detail(status));
            awaitConnection();
        } else {
            closed(status, trailers);
        }
    }

    /** A call that this side could not make. Another connection would not help it. */
    private void failed(Status status) {
        if (!isClosed) {
            isClosed = true;
            closed(status, new Metadata());
        }
    }

    private void closed(Status status, Metadata trailers) {
        Circuit.Link link = OutcomeTable.link(status, trailers, headersCame);
        Status told = OutcomeTable.told(status, trailers, headersCame);
        finish(
                told,
                dispatch.classified(
                        call,
                        () -> participant.table().classify(told, trailers, isTooMany ? null : response, headersCame)),
                link);
        if (!told.equals(status)) {
            participant.gate().noteBroken(OutcomeTable.detail(status));
        }
    }

    /**
     * Tells whether it was never given a connection: then it has no address that it went to. gRPC ends it with what the
     * connection failed of, which is INTERNAL where something else than HTTP/2 listens there.
     */
    private boolean hasNotLeft(Status status) {
        boolean isForWantOfOne = switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN -> true;
            default -> false;
        };
        return isForWantOfOne && grpc != null && grpc.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) == null;
    }

    // ---- its end

    /** Ends the call. A mistyped method is answered with the nearest one. */
    private void finish(Status status, Outcome outcome, Circuit.Link link) {
        if (status.getCode() == Status.Code.UNIMPLEMENTED
                && outcome instanceof Outcome.Misconfigured wrong
                && call.target() instanceof Target.Grpc grpc) {
            participant
                    .nearest()
                    .hint(
                            grpc.method(),
                            hint -> finish(
                                    new Outcome.Misconfigured(
                                            wrong.detail() + hint, wrong.barrierExpired(), wrong.mayPass()),
                                    link));
        } else {
            finish(outcome, link);
        }
    }

    private void finish(Outcome outcome, Circuit.Link link) {
        dispatch.finished(call, answer, outcome, link, leftNanos);
    }
}
