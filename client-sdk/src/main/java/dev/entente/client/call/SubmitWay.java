package dev.entente.client.call;

import dev.entente.client.channel.AttemptTrace;
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
import java.util.Set;

/**
 * A submit's attempts over a stream shared with other submits. Once it broke, or gave no answer in time, or the
 * coordinator was going, and while there is none, they are unary calls. Of an attempt's headers the trace goes along.
 */
public final class SubmitWay implements Transport<SubmitTransactionRequest, SubmitTransactionResponse> {
    /** A coordinator that goes takes no more from its streams, but passes calls on to another. */
    private static final String GOING = "ENT-051";

    /** Refusals that end a stream before it took anything; those of later items come one by one. */
    private static final Set<String> NEVER_OPENED = Set.of("ENT-060", "ENT-061");

    private static final Attempt NOTHING_UNDER_WAY = () -> {};

    private final SharedStream shared;
    private final Transport<SubmitTransactionRequest, SubmitTransactionResponse> unary;
    private volatile boolean hasBroken;

    /** @param unary how attempts go out that the stream does not take */
    public SubmitWay(SharedStream shared, Transport<SubmitTransactionRequest, SubmitTransactionResponse> unary) {
        this.shared = shared;
        this.unary = unary;
    }

    @Override
    public Attempt send(
            SubmitTransactionRequest request,
            Metadata headers,
            Deadline deadline,
            Answer<SubmitTransactionResponse> answer) {
        SharedStream.Opened open = hasBroken ? null : shared.stream();
        if (open == null) {
            return unary.send(request, headers, deadline, answer);
        }
        Told told = new Told(open.trace(), answer);
        long id = open.stream().send(request.toByteArray(), trace(headers), deadline, told);
        if (id != 0) {
            return () -> open.stream().cancel(id);
        }
        StatusRuntimeException failure = open.stream().failure();
        if (failure == null) {
            return unary.send(request, headers, deadline, answer);
        }
        told.lost(failure, false); // it was tried there: whoever reads of this call shall read of that address, too
        return NOTHING_UNDER_WAY;
    }

    private static String trace(Metadata headers) {
        String trace = headers.get(TraceParent.KEY);
        return trace == null ? "" : trace;
    }

    /** Reports the outcome of a submit as unknown because the stream ended, whatever it ended with. */
    private static StatusRuntimeException unknown(StatusRuntimeException why) {
        return Status.UNAVAILABLE
                .withDescription("the stream ended: " + why.getMessage())
                .withCause(why)
                .asRuntimeException();
    }

    /** Its answer comes in the context that the attempt was made in, as that of a unary call does. */
    private final class Told implements SubmitStream.Answer {
        private final AttemptTrace trace;
        private final Answer<SubmitTransactionResponse> answer;
        private final Context context = Context.current();

        Told(AttemptTrace trace, Answer<SubmitTransactionResponse> answer) {
            this.trace = trace;
            this.answer = answer;
        }

        @Override
        public void accepted(SubmitTransactionResponse response) {
            context.run(() -> answer.answered(response));
        }

        @Override
        public void failed(StatusRuntimeException error) {
            boolean mayBeStuck = error.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
            hasBroken |= mayBeStuck || ErrorDetails.of(error).name().equals(GOING);
            over(error, true);
        }

        @Override
        public void lost(StatusRuntimeException why, boolean isSent) {
            hasBroken = true;
            shared.broke(why);
            boolean isLate = why.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
            boolean isCertain = (isLate && !isSent)
                    || NEVER_OPENED.contains(ErrorDetails.of(why).reason());
            over(isCertain ? why : unknown(why), isSent);
        }

        private void over(StatusRuntimeException why, boolean isSent) {
            context.run(() -> answer.failed(why, trace.address(), isSent));
        }
    }
}
