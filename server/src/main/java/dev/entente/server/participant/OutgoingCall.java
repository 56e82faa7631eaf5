package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.telemetry.LogContext;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Target;
import dev.entente.v1.BranchAnswer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call from waiting to its answer, over a stream or by itself. It is its own place in the queue and gRPC's
 * listener, so that it costs one object.
 */
final class OutgoingCall extends ClientCall.Listener<ByteString> implements InFlightLimit.Entrant {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingCall.class);
    private static final Duration SHORTLY = Duration.ofSeconds(1);
    private static final Metadata NO_TRAILERS = new Metadata();

    private final GrpcParticipant participant;
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
            notConnected(
                    why,
                    hasWaited
                            ? participant.circuit().rest()
                            : participant.circuit().pause());
        } else {
            notSent(why, SHORTLY);
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
        if (!participant.joinsStream(this)) {
            leaveByItself();
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
            refuse(() -> turnAway("its time was up while it waited"));
        } else if (participant.isClosed()) {
            refuse(() -> notSent("this coordinator is shutting down", SHORTLY));
        } else if (!call.permit().mayLeave()) {
            refuse(() ->
                    notSent("this coordinator does not hold its lease, or the call is not wanted any more", SHORTLY));
        } else {
            if (isConnecting) {
                call.permit().waits(call.branch(), null);
            }
            leftNanos = nanoTime;
            untilNanos = nanoTime + call.timeout().toNanos();
            return true;
        }
        return false;
    }

    private void refuse(Runnable told) {
        try {
            told.run();
        } finally {
            participant.limit().release();
        }
    }

    int requestBytes() {
        return call.request().size();
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
                classified(() -> participant.table().classify(status, trailers, payload, isTooLarge)),
                Circuit.Link.ANSWERED);
    }

    /** No answer came in time. */
    void expired() {
        Status status = Status.DEADLINE_EXCEEDED.withDescription("no answer in time");
        finish(participant.table().classify(status, NO_TRAILERS, null, false), Circuit.Link.SILENT);
    }

    /** The stream ended after it had left: nobody knows what became of it. */
    void cutOff(String why) {
        // A link that breaks is one broken link, however many calls were on it: the stream reports it.
        finish(
                new Outcome.Unknown("UNAVAILABLE: the stream ended before the answer: " + why, null),
                Circuit.Link.SILENT);
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
        if (participant.isClosed()) {
            refuse(() -> notSent("this coordinator is shutting down", SHORTLY));
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
            caught("a call to participant {} could not be started", e);
            // A call that gRPC could not start is never closed by it, and would hold its place for ever.
            if (started != null) {
                started.cancel("not started", e);
            }
            onClose(
                    Status.INTERNAL
                            .withDescription("the call could not be started")
                            .withCause(e),
                    new Metadata());
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
        Circuit.Link link = OutcomeTable.link(status, trailers, headersCame);
        if (hasNotLeft(status)) {
            participant.circuit().report(link);
            participant.gate().noteUnreachable(OutcomeTable.detail(status));
            awaitConnection();
        } else {
            finish(
                    status,
                    classified(() ->
                            participant.table().classify(status, trailers, isTooMany ? null : response, headersCame)),
                    link);
        }
    }

    /** A call that was never given a connection has no address that it went to. */
    private boolean hasNotLeft(Status status) {
        boolean isForWantOfOne =
                status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
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
                                    new Outcome.Misconfigured(wrong.detail() + hint, wrong.barrierExpired()), link));
        } else {
            finish(outcome, link);
        }
    }

    private void finish(Outcome outcome, Circuit.Link link) {
        try {
            note(outcome, link);
            tell(outcome);
        } finally {
            participant.limit().release();
        }
    }

    /** Updates circuit and meters. A defect here must not keep the outcome from the engine. */
    private void note(Outcome outcome, Circuit.Link link) {
        try {
            participant.circuit().report(link);
            participant.note(outcome);
            participant.meters().answered(call.op(), outcome, System.nanoTime() - leftNanos);
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be counted", e);
        }
    }

    /**
     * An answer that nobody can make anything of is one all the same: else the transaction would wait for it for ever.
     */
    private Outcome classified(Supplier<Outcome> outcome) {
        try {
            return outcome.get();
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be read", e);
            return new Outcome.Unknown("its answer could not be read: " + e, null);
        }
    }

    private void notSent(String why, Duration retryAfter) {
        tellNotSent(new Outcome.NotSent(unsent(why), retryAfter));
    }

    private void notConnected(String why, Duration rest) {
        tellNotSent(Outcome.NotSent.unreachable(unsent(why), rest));
    }

    private String unsent(String why) {
        return "no call left for participant '%s': %s".formatted(participant.name(), why);
    }

    private void tellNotSent(Outcome outcome) {
        participant.meters().notSent(call.op(), outcome);
        tell(outcome);
    }

    /** Tells the engine. It runs on a thread of gRPC's, so whatever it throws ends here. */
    private void tell(Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be taken in", e);
        }
    }

    private void caught(String what, Throwable defect) {
        participant.caught();
        try (LogContext _ = LogContext.of(call.gid(), call.branch(), call.op(), call.attempt())) {
            LOG.error(what, participant.name(), defect);
        }
    }
}
