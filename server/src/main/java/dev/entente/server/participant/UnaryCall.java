package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.telemetry.LogContext;
import dev.entente.server.transaction.Outcome;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call from waiting to its answer: at once its place in the queue and gRPC's listener, so that it costs one object. */
final class UnaryCall extends ClientCall.Listener<ByteString> implements InFlightLimit.Entrant {
    private static final Logger LOG = LoggerFactory.getLogger(UnaryCall.class);
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final GrpcParticipant participant;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private final long deadlineNanos;
    private long leftNanos;
    private @Nullable ByteString response;
    private boolean headersCame;
    private boolean isTooMany;
    private boolean isClosed;

    UnaryCall(GrpcParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        this.participant = participant;
        this.call = call;
        this.answer = answer;
        this.deadlineNanos = System.nanoTime() + call.timeout().toNanos();
    }

    @Override
    public boolean isTooLate(long nanoTime) {
        return nanoTime - deadlineNanos >= 0;
    }

    @Override
    public void turnAway(String why) {
        notSent("no call left for participant '%s': %s".formatted(participant.name(), why), SHORTLY);
    }

    @Override
    public void enter() {
        // Asked at the last moment: the lease may have lapsed, and the time be up, while this call waited.
        leftNanos = System.nanoTime();
        if (isTooLate(leftNanos)) {
            refuse("its time was up while it waited", SHORTLY);
        } else if (participant.isClosed()) {
            refuse("this coordinator is shutting down", SHORTLY);
        } else if (!call.mayLeave().getAsBoolean()) {
            refuse("this coordinator does not hold its lease", SHORTLY);
        } else {
            switch (participant.circuit().admit()) {
                case GO -> leave(participant.channel());
                case PROBE -> leave(participant.freshChannel());
                case WAIT ->
                    refuse(
                            "its link is broken (" + participant.lastError() + ")",
                            participant.circuit().pause());
            }
        }
    }

    private void refuse(String why, Duration retryAfter) {
        try {
            notSent("no call left for participant '%s': %s".formatted(participant.name(), why), retryAfter);
        } finally {
            participant.limit().release();
        }
    }

    /** In no request's context: the one that brought this call about may be answered, and its context over, long before this one. */
    private void leave(Channel channel) {
        Context requester = Context.ROOT.attach();
        try {
            start(channel);
        } finally {
            Context.ROOT.detach(requester);
        }
    }

    private void start(Channel channel) {
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(deadlineNanos - leftNanos, TimeUnit.NANOSECONDS);
        ClientCall<ByteString, ByteString> grpc = channel.newCall(participant.method(call.target()), options);
        try {
            grpc.start(this, participant.metadata().of(call));
            // Two, to see that there is no second.
            grpc.request(2);
            grpc.sendMessage(call.request());
            grpc.halfClose();
        } catch (RuntimeException e) {
            // A call that gRPC could not start is never closed by it, and would hold its place for ever.
            grpc.cancel("not started", e);
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
        try {
            finish(status, trailers);
        } finally {
            participant.limit().release();
        }
    }

    private void finish(Status status, Metadata trailers) {
        Outcome outcome = participant.table().classify(status, trailers, isTooMany ? null : response, headersCame);
        participant.circuit().report(OutcomeTable.link(status, trailers, headersCame));
        participant.note(outcome);
        participant.meters().answered(call.op(), outcome, System.nanoTime() - leftNanos);
        tell(outcome);
    }

    private void notSent(String detail, Duration retryAfter) {
        Outcome outcome = new Outcome.NotSent(detail, retryAfter);
        participant.meters().notSent(call.op(), outcome);
        tell(outcome);
    }

    /** Whoever is told runs on a thread of gRPC's, which must live whatever happens there. */
    private void tell(Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException e) {
            participant.caught();
            try (LogContext _ = LogContext.of(call.gid(), call.branch(), call.op(), call.attempt())) {
                LOG.error("an answer of participant {} could not be taken in", participant.name(), e);
            }
        }
    }
}
