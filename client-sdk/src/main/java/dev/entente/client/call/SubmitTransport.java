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
 * Sends a submit's attempts over a stream shared with other submits. An attempt is a unary call while no stream is
 * available. After the stream broke or did not answer this submit in time, all further attempts of the submit are unary
 * calls. This also applies if the coordinator was shutting down. Of an attempt's headers only the trace is sent over
 * the stream.
 */
public final class SubmitTransport implements Transport<SubmitTransactionRequest, SubmitTransactionResponse> {
    /**
     * A coordinator that shuts down accepts nothing from its streams, but forwards unary calls to another coordinator.
     */
    private static final String COORDINATOR_SHUTTING_DOWN = "ENT-051";

    /** Codes that end a stream only while it has accepted no item. Later these codes refuse single items. */
    private static final Set<String> NEVER_OPENED = Set.of("ENT-060", "ENT-061");

    private static final Attempt NOTHING_IN_FLIGHT = () -> {};

    private final SharedStream shared;
    private final Transport<SubmitTransactionRequest, SubmitTransactionResponse> unary;
    private volatile boolean hasBroken;

    /** @param unary sends the attempts that the stream does not accept */
    public SubmitTransport(SharedStream shared, Transport<SubmitTransactionRequest, SubmitTransactionResponse> unary) {
        this.shared = shared;
        this.unary = unary;
    }

    @Override
    public Attempt send(
            SubmitTransactionRequest request,
            Metadata headers,
            Deadline deadline,
            Completion<SubmitTransactionResponse> answer) {
        SharedStream.Opened open = hasBroken ? null : shared.stream();
        if (open == null) {
            return unary.send(request, headers, deadline, answer);
        }
        Reported reported = new Reported(open.trace(), answer);
        long id = open.stream().send(request.toByteArray(), trace(headers), deadline, reported);
        if (id != 0) {
            return () -> open.stream().cancel(id);
        }
        StatusRuntimeException failure = open.stream().failure();
        if (failure == null) {
            return unary.send(request, headers, deadline, answer);
        }
        reported.lost(
                failure, false); // the attempt failed at this address, so that the call's error must name the address
        return NOTHING_IN_FLIGHT;
    }

    private static String trace(Metadata headers) {
        String trace = headers.get(TraceParent.KEY);
        return trace == null ? "" : trace;
    }

    /** Returns an unknown outcome for a submit whose stream has ended, independent of the stream's status. */
    private static StatusRuntimeException unknown(StatusRuntimeException why) {
        return Status.UNAVAILABLE
                .withDescription("the stream ended: " + why.getMessage())
                .withCause(why)
                .asRuntimeException();
    }

    /** Reports the answer in the context of the attempt, as for a unary call. */
    private final class Reported implements SubmitStream.Completion {
        private final AttemptTrace trace;
        private final Completion<SubmitTransactionResponse> answer;
        private final Context context = Context.current();

        Reported(AttemptTrace trace, Completion<SubmitTransactionResponse> answer) {
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
            hasBroken |= mayBeStuck || ErrorDetails.of(error).name().equals(COORDINATOR_SHUTTING_DOWN);
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
