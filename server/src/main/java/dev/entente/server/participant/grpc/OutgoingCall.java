package dev.entente.server.participant.grpc;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.PendingCall;
import dev.entente.v1.BranchAnswer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One call over gRPC, in a stream or unary. A call in a stream allocates one object. */
final class OutgoingCall extends PendingCall {
    private static final Metadata NO_TRAILERS = new Metadata();

    private final GrpcParticipant participant;

    OutgoingCall(GrpcParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        super(participant, call, answer);
        this.participant = participant;
    }

    @Override
    public void enter() {
        // A stream calls mayLeave before it sends the call; a unary call leaves now.
        OpenStream stream = participant.stream(call().request().size());
        if (stream == null) {
            leaveByItself();
        } else {
            stream.offer(this);
        }
    }

    // ---- in a stream

    /** Returns the message that the stream sends for this call, after {@link #mayLeave}. */
    dev.entente.v1.BranchCall message(long id) {
        leaves();
        return participant
                .metadata()
                .message(call(), id, Math.max(1, call().timeout().toMillis()));
    }

    void answered(BranchAnswer said) {
        ByteString payload = said.getPayload();
        boolean isTooLarge =
                said.getTooLarge() || payload.size() > participant.config().maxResponseBytes();
        Status code = Status.fromCodeValue(isTooLarge ? Status.Code.RESOURCE_EXHAUSTED.value() : said.getCode());
        Status status = said.getMessage().isEmpty() ? code : code.withDescription(said.getMessage());
        // Like gRPC's own status for a response that is too large: headers arrived, and there are no trailers.
        Metadata trailers =
                (status.isOk() && !said.hasTried()) || isTooLarge ? NO_TRAILERS : OutcomeTable.trailers(said);
        finish(classified(status, trailers, payload, isTooLarge), Circuit.Link.ANSWERED);
    }

    /** Ends the call, because there was no response in time. */
    void expired() {
        Status status = Status.DEADLINE_EXCEEDED.withDescription("no response in time");
        finish(classified(status, NO_TRAILERS, null, false), Circuit.Link.SILENT);
    }

    /** Ends the call, because the stream ended after the call had left. The effect of the call is unknown. */
    void cutOff(String found) {
        // One broken link counts once, for any number of calls on it: the stream reports it.
        finish(new Outcome.Unknown("UNAVAILABLE: the stream ended before the response", null), Circuit.Link.SILENT);
        participant.noteBroken(found);
    }

    // ---- unary

    /** Sends the call over a ready connection; over a failed one the call gets the reason, and then waits. */
    void leaveByItself() {
        if (!mayLeave(System.nanoTime())) {
            return;
        }
        Channel channel = participant.channel();
        if (channel == null || !participant.circuit().admits()) {
            awaitConnection();
        } else {
            leave(channel);
        }
    }

    /** Starts the call outside the context of any request, because that request may end long before the call. */
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
                CallOptions.DEFAULT.withDeadlineAfter(call().timeout().toNanos(), TimeUnit.NANOSECONDS);
        ClientCall<ByteString, ByteString> grpc = null;
        try {
            leaves();
            grpc = channel.newCall(participant.method(call().target()), options);
            grpc.start(new Listening(grpc), participant.metadata().of(call()));
            // Requests two messages, to detect a second response.
            grpc.request(2);
            grpc.sendMessage(call().request());
            grpc.halfClose();
        } catch (RuntimeException | Error e) { // counted; the call ends and releases its place
            caught("a call to participant {} could not be started", e);
            Status status = Status.INTERNAL
                    .withDescription("the call could not be started")
                    .withCause(e);
            ended(status, new Metadata(), null, false);
            // gRPC never closes a call that it could not start; therefore the call has ended above. A started call is
            // cancelled.
            if (grpc != null) {
                grpc.cancel("not started", e);
            }
        }
    }

    /** Receives gRPC's events of a unary call. */
    private final class Listening extends ClientCall.Listener<ByteString> {
        private final ClientCall<ByteString, ByteString> grpc;
        private @Nullable ByteString response;
        private boolean headersCame;
        private boolean isTooMany;

        Listening(ClientCall<ByteString, ByteString> grpc) {
            this.grpc = grpc;
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
            if (hasNotLeft(status) && !hasEnded()) {
                boolean isSlow = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
                participant.circuit().report(isSlow ? Circuit.Link.SILENT : Circuit.Link.BROKEN);
                participant.noteUnreachable(participant.whyUnreachable(), OutcomeTable.detail(status));
                awaitConnection();
            } else {
                ended(status, trailers, isTooMany ? null : response, headersCame);
            }
        }

        /**
         * Returns whether the call never had a connection, and therefore has no remote address. gRPC closes the call
         * with the connection's error, which is INTERNAL if the peer does not speak HTTP/2.
         */
        private boolean hasNotLeft(Status status) {
            boolean isForWantOfOne = switch (status.getCode()) {
                case UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN -> true;
                default -> false;
            };
            return isForWantOfOne && grpc.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) == null;
        }
    }

    private void ended(Status status, Metadata trailers, @Nullable ByteString response, boolean headersCame) {
        Circuit.Link link = OutcomeTable.link(status, trailers, headersCame);
        Status reported = OutcomeTable.reported(status, trailers, headersCame);
        finish(classified(reported, trailers, response, headersCame), link);
        if (!reported.equals(status)) {
            participant.noteBroken(OutcomeTable.detail(status));
        }
    }

    // ---- end

    private Outcome classified(Status status, Metadata trailers, @Nullable ByteString response, boolean headersCame) {
        try {
            return participant.table().classify(status, trailers, response, headersCame);
        } catch (RuntimeException | Error e) { // counted; the call still gets an outcome
            return unreadable(e);
        }
    }
}
