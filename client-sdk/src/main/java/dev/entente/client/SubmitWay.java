package dev.entente.client;

import dev.entente.stream.SubmitStream;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/**
 * A submit's attempts share a stream with those of others; once it broke, or gave no answer in time, or the coordinator
 * was going, and while there is none, they are unary calls. Of an attempt's headers the trace goes along.
 */
final class SubmitWay implements Way<SubmitTransactionRequest, SubmitTransactionResponse> {
    /** A coordinator that goes takes no more from its streams, but passes calls on to another. */
    private static final String GOING = "ENT-051";

    private final SharedStream shared;
    private final Way<SubmitTransactionRequest, SubmitTransactionResponse> unary;
    private volatile boolean hasBroken;

    SubmitWay(SharedStream shared, Way<SubmitTransactionRequest, SubmitTransactionResponse> unary) {
        this.shared = shared;
        this.unary = unary;
    }

    @Override
    public Attempt send(
            SubmitTransactionRequest request,
            Metadata headers,
            Deadline deadline,
            StreamObserver<SubmitTransactionResponse> answer) {
        SubmitStream stream = hasBroken ? null : shared.stream();
        long id = stream == null ? 0 : stream.send(request.toByteArray(), trace(headers), deadline, new Told(answer));
        return stream == null || id == 0 ? unary.send(request, headers, deadline, answer) : () -> stream.cancel(id);
    }

    private static String trace(Metadata headers) {
        String trace = headers.get(TraceParent.KEY);
        return trace == null ? "" : trace;
    }

    /** Its answer comes in the context that the attempt was made in, as that of a unary call does. */
    private final class Told implements SubmitStream.Answer {
        private final StreamObserver<SubmitTransactionResponse> answer;
        private final Context context = Context.current();

        Told(StreamObserver<SubmitTransactionResponse> answer) {
            this.answer = answer;
        }

        @Override
        public void accepted(SubmitTransactionResponse response) {
            context.run(() -> {
                answer.onNext(response);
                answer.onCompleted();
            });
        }

        @Override
        public void failed(StatusRuntimeException error) {
            boolean mayBeStuck = error.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
            hasBroken |= mayBeStuck || ErrorDetails.of(error).name().equals(GOING);
            context.run(() -> answer.onError(error));
        }

        @Override
        public void unanswered(StatusRuntimeException why) {
            hasBroken = true;
            shared.broke(why);
            failed(SharedStream.unknown(why));
        }
    }
}
