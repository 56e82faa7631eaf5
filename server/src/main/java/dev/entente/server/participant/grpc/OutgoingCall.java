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

/** One call over gRPC, over a stream or by itself. Over a stream it costs one object. */
final class OutgoingCall extends PendingCall {
    private static final Metadata NO_TRAILERS = new Metadata();

    private final GrpcParticipant participant;

    OutgoingCall(GrpcParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        super(participant, call, answer);
        this.participant = participant;
    }

    @Override
    public void enter() {
        // A stream asks whether it may leave when it does; by itself it leaves now.
        OpenStream stream = participant.stream(call().request().size());
        if (stream == null) {
            leaveByItself();
        } else {
            stream.offer(this);
        }
    }

    // ---- over a stream

    /** Returns the message that the stream sends for it, once it {@link #mayLeave}. */
    dev.entente.v1.BranchCall message(long id) {
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
        // As gRPC itself tells of a response that it gave up reading: an answer had begun, and there are no trailers.
        Metadata trailers =
                (status.isOk() && !said.hasTried()) || isTooLarge ? NO_TRAILERS : OutcomeTable.trailers(said);
        finish(classified(status, trailers, payload, isTooLarge), Circuit.Link.ANSWERED);
    }

    /** No answer came in time. */
    void expired() {
        Status status = Status.DEADLINE_EXCEEDED.withDescription("no answer in time");
        finish(classified(status, NO_TRAILERS, null, false), Circuit.Link.SILENT);
    }

    /** The stream ended after it had left: nobody knows what became of it. */
    void cutOff(String found) {
        // A link that breaks is one broken link, however many calls were on it: the stream reports it.
        finish(new Outcome.Unknown("UNAVAILABLE: the stream ended before the answer", null), Circuit.Link.SILENT);
        participant.noteBroken(found);
    }

    // ---- by itself

    /** Over a connection that is ready. Over one that failed it learns why at once, and waits then. */
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
                CallOptions.DEFAULT.withDeadlineAfter(call().timeout().toNanos(), TimeUnit.NANOSECONDS);
        ClientCall<ByteString, ByteString> grpc = null;
        try {
            grpc = channel.newCall(participant.method(call().target()), options);
            grpc.start(new Listening(grpc), participant.metadata().of(call()));
            // Two, to see that there is no second.
            grpc.request(2);
            grpc.sendMessage(call().request());
            grpc.halfClose();
        } catch (RuntimeException | Error e) { // counted, and the call ends: it would hold its place for ever
            caught("a call to participant {} could not be started", e);
            Status status = Status.INTERNAL
                    .withDescription("the call could not be started")
                    .withCause(e);
            ended(status, new Metadata(), null, false);
            // A call that gRPC could not start is never closed by it, and would hold its place for ever.
            if (grpc != null) {
                grpc.cancel("not started", e);
            }
        }
    }

    /** Hears what gRPC tells of a call that goes by itself. */
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
         * Tells whether it was never given a connection: then it has no address that it went to. gRPC ends it with what
         * the connection failed of, which is INTERNAL where something else than HTTP/2 listens there.
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
        Status told = OutcomeTable.told(status, trailers, headersCame);
        finish(classified(told, trailers, response, headersCame), link);
        if (!told.equals(status)) {
            participant.noteBroken(OutcomeTable.detail(status));
        }
    }

    // ---- its end

    private Outcome classified(Status status, Metadata trailers, @Nullable ByteString response, boolean headersCame) {
        try {
            return participant.table().classify(status, trailers, response, headersCame);
        } catch (RuntimeException | Error e) { // counted, and an answer all the same
            return unreadable(e);
        }
    }
}
