package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.participant.HttpParticipant.ForbiddenAddress;
import dev.entente.server.telemetry.LogContext;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call over HTTP from waiting to its answer. It leaves from a virtual thread, since a name may have to be looked up; nobody waits for
 * the answer.
 */
final class HttpOutgoingCall implements InFlightLimit.Entrant {
    private static final Logger LOG = LoggerFactory.getLogger(HttpOutgoingCall.class);
    private static final Duration SHORTLY = Duration.ofSeconds(1);
    private static final String JSON = "application/json";

    private final HttpParticipant participant;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private final long deadlineNanos;
    private final AtomicBoolean isEnded = new AtomicBoolean();
    private volatile long leftNanos;

    HttpOutgoingCall(HttpParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        this.participant = participant;
        this.call = call;
        this.answer = answer;
        this.deadlineNanos = System.nanoTime() + call.timeout().toNanos();
    }

    // ---- before it leaves

    @Override
    public boolean isTooLate(long nanoTime) {
        return nanoTime - deadlineNanos >= 0;
    }

    @Override
    public void turnAway(String why) {
        notSent(why, SHORTLY);
    }

    @Override
    public void enter() {
        try {
            participant.means().blocking().execute(this::leave);
        } catch (RejectedExecutionException closed) {
            refuse("this coordinator is shutting down", SHORTLY);
        } catch (RuntimeException | Error defect) { // no thread could be made, for instance
            refuse("it could not be started: " + defect, SHORTLY);
        }
    }

    private void leave() {
        if (!mayLeave()) {
            return;
        }
        if (participant.gate().circuit().admit() == Circuit.Admission.WAIT) {
            refuse(
                    "its link is broken (" + participant.gate().lastError() + ")",
                    participant.gate().circuit().pause());
            return;
        }
        try {
            List<InetAddress> addresses = participant.addresses();
            if (!addresses.isEmpty() && !mayLeave()) {
                participant.gate().circuit().report(Circuit.Link.SILENT);
                return;
            }
            send(request(addresses));
        } catch (ForbiddenAddress forbidden) {
            finish(new Outcome.Misconfigured(String.valueOf(forbidden.getMessage()), false), Circuit.Link.SILENT);
        } catch (UnknownHostException unknown) {
            finish(new Outcome.Unknown("its name has no address: " + unknown.getMessage(), null), Circuit.Link.BROKEN);
        } catch (RuntimeException | Error unsendable) {
            // A call that never started would hold its place for ever.
            finish(
                    new Outcome.Unknown("the call could not be started: " + unsendable.getMessage(), null),
                    Circuit.Link.SILENT);
        }
    }

    /**
     * Asked at the last moment: the lease may have lapsed, and the time be up, while it waited. If it may, it counts as having left now.
     *
     * @return false: it was answered as not sent
     */
    private boolean mayLeave() {
        leftNanos = System.nanoTime();
        if (isTooLate(leftNanos)) {
            refuse("its time was up while it waited", SHORTLY);
        } else if (participant.isClosed()) {
            refuse("this coordinator is shutting down", SHORTLY);
        } else if (!call.mayLeave().getAsBoolean()) {
            refuse("this coordinator does not hold its lease", SHORTLY);
        } else {
            return true;
        }
        return false;
    }

    private void refuse(String why, Duration retryAfter) {
        try {
            notSent(why, retryAfter);
        } finally {
            participant.gate().limit().release();
        }
    }

    // ---- on its way

    private HttpRequest request(List<InetAddress> addresses) {
        Target.Http target = switch (call.target()) {
            case Target.Http http -> http;
            case Target.Grpc grpc -> throw new IllegalArgumentException(grpc.method() + " is not called over HTTP");
        };
        HttpRequest.Builder request = HttpRequest.newBuilder();
        request.method(target.method(), body(call.request()));
        request.setHeader("accept", JSON);
        if (!call.request().isEmpty()) {
            request.setHeader("content-type", JSON);
        }
        target.headers().forEach(request::setHeader);
        participant.metadata().headers(call, request::setHeader);
        if (addresses.isEmpty()) {
            return request.uri(participant.address().uri(target.path())).build();
        }
        // Another one each time: one of them may be dead.
        InetAddress address = addresses.get(Math.floorMod(call.attempt(), addresses.size()));
        return request.setHeader("host", participant.address().authority())
                .uri(participant.address().uri(address, target.path()))
                .build();
    }

    private static HttpRequest.BodyPublisher body(ByteString bytes) {
        return bytes.isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(bytes.toByteArray());
    }

    private void send(HttpRequest request) {
        int maxBytes = participant.config().maxResponseBytes();
        CompletableFuture<HttpResponse<CappedBody.Read>> sent =
                participant.client().sendAsync(request, _ -> new CappedBody(maxBytes));
        Future<?> alarm = participant
                .means()
                .loops()
                .group()
                .schedule(() -> expire(sent), deadlineNanos - leftNanos, TimeUnit.NANOSECONDS);
        var _ = sent.whenComplete((response, thrown) -> {
            alarm.cancel(false);
            if (isEnded.compareAndSet(false, true)) {
                ended(response, thrown);
            }
        });
    }

    /** The client's own timeout ends with the headers; this one ends with the last byte. */
    private void expire(CompletableFuture<?> sent) {
        if (isEnded.compareAndSet(false, true)) {
            finish(new Outcome.Unknown("no answer in time", null), Circuit.Link.SILENT);
            sent.cancel(true);
        }
    }

    // ---- its end

    private void ended(@Nullable HttpResponse<CappedBody.Read> response, @Nullable Throwable thrown) {
        if (response != null) {
            finish(classified(response), Circuit.Link.ANSWERED);
            return;
        }
        Throwable cause = cause(thrown);
        Circuit.Link link = cause instanceof IOException ? Circuit.Link.BROKEN : Circuit.Link.SILENT;
        finish(new Outcome.Unknown(OutcomeTable.shortened("the link broke: " + cause), null), link);
    }

    /** Of a try that the client would have made again, were it allowed to, it says no more than that; why is the cause. */
    private static @Nullable Throwable cause(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null
                && cause.getCause() != null
                && (cause instanceof CompletionException || "Too many retries".equals(cause.getMessage()))) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** An answer that nobody can make anything of is one all the same: else the transaction would wait for it for ever. */
    private Outcome classified(HttpResponse<CappedBody.Read> response) {
        try {
            return participant
                    .table()
                    .classify(response.statusCode(), response.headers(), response.body(), call.pattern());
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be read", e);
            return new Outcome.Unknown("its answer could not be read: " + e, null);
        }
    }

    private void finish(Outcome outcome, Circuit.Link link) {
        try {
            note(outcome, link);
            tell(outcome);
        } finally {
            participant.gate().limit().release();
        }
    }

    /** Whoever waits is told in any case. */
    private void note(Outcome outcome, Circuit.Link link) {
        try {
            participant.gate().circuit().report(link);
            participant.gate().note(outcome);
            participant.gate().meters().answered(call.op(), outcome, System.nanoTime() - leftNanos);
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be counted", e);
        }
    }

    private void notSent(String why, Duration retryAfter) {
        Outcome outcome = new Outcome.NotSent(
                "no call left for participant '%s': %s".formatted(participant.name(), why), retryAfter);
        participant.gate().meters().notSent(call.op(), outcome);
        tell(outcome);
    }

    /** Whoever is told runs on a thread that others need, and that must live whatever happens there. */
    private void tell(Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be taken in", e);
        }
    }

    private void caught(String what, Throwable defect) {
        participant.gate().caught();
        try (LogContext _ = LogContext.of(call.gid(), call.branch(), call.op(), call.attempt())) {
            LOG.error(what, participant.name(), defect);
        }
    }
}
