package dev.entente.server.participant.http;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.grpc.Connections;
import dev.entente.server.participant.grpc.OutcomeTable;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.Gate;
import dev.entente.server.participant.limit.InFlightLimit;
import java.io.IOException;
import java.net.UnknownHostException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One call over HTTP from waiting to its answer. It sets out from a virtual thread, since a name may have to be looked
 * up; nobody waits for the answer.
 */
final class HttpOutgoingCall implements InFlightLimit.Entrant, Handshakes.Listener {
    private final HttpParticipant participant;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private final Dispatch dispatch;
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.CONNECTING);
    /** Until when it may wait for its turn, or for the circuit to close. */
    private volatile long untilNanos;

    private volatile boolean isConnecting;
    /** Tells whether it is known outside that it waits for a connection. */
    private volatile boolean isToldToWait;

    private volatile boolean isSecuring;
    private volatile long leftNanos;
    private volatile @Nullable Future<?> alarm;
    private volatile @Nullable Future<?> exchange;

    /** How far it is. */
    private enum Stage {
        /** Nothing of it has left. */
        CONNECTING,
        LEFT,
        ENDED
    }

    /** Thrown into the HTTP client where a call must not leave over the connection that it has just got. */
    private static final class NotLeaving extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotLeaving() {
            super("the call is not wanted any more", null, false, false);
        }
    }

    HttpOutgoingCall(HttpParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        this.participant = participant;
        this.call = call;
        this.answer = answer;
        this.dispatch = participant.dispatch();
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
        waitsNoMore();
        if (isConnecting) {
            Circuit circuit = participant.gate().circuit();
            dispatch.unreachable(call, answer, why, isTooLate(System.nanoTime()) ? circuit.rest() : circuit.pause());
        } else {
            dispatch.notSent(call, answer, why);
        }
    }

    @Override
    public void connected() {
        waitsNoMore();
        isConnecting = false;
        untilNanos = System.nanoTime() + call.timeout().toNanos();
    }

    @Override
    public Instant createdAt() {
        return call.createdAt();
    }

    @Override
    public void enter() {
        try {
            participant.execute(this::setOutInAnyCase);
        } catch (RejectedExecutionException closed) {
            dispatch.refused(call, answer, "this coordinator is shutting down");
        } catch (RuntimeException | Error defect) { // no thread could be made, for instance
            dispatch.caught(call, "a call to participant {} could not be started", defect);
            dispatch.refused(call, answer, "it could not be started: " + defect);
        }
    }

    /**
     * Ends the call also if it throws: on a thread of its own nobody would see that, and it would hold its place for
     * ever.
     */
    private void setOutInAnyCase() {
        try {
            setOut();
        } catch (RuntimeException | Error defect) {
            dispatch.caught(call, "a call to participant {} could not be started", defect);
            finish(new Outcome.Unknown("the call could not be started: " + defect, null), Circuit.Link.SILENT);
        }
    }

    private void setOut() {
        String refusal = dispatch.refusal(call);
        if (isTooLate(System.nanoTime())) {
            dispatch.refused(call, answer, "its time was up while it waited");
        } else if (refusal != null) {
            dispatch.refused(call, answer, refusal);
        } else if (participant.gate().circuit().admit() == Circuit.Admission.WAIT) {
            awaitConnection();
        } else {
            connect();
        }
    }

    private void awaitConnection() {
        isConnecting = true;
        waits();
        untilNanos = System.nanoTime() + participant.gate().connectNanos();
        participant.gate().awaitConnection(this);
    }

    private void waits() {
        isToldToWait = true;
        call.permit().waits(call.branch(), participant.gate().whyItWaits());
    }

    private void waitsNoMore() {
        if (isToldToWait) {
            isToldToWait = false;
            call.permit().waits(call.branch(), null);
        }
    }

    private void connect() {
        waits();
        alarm = alarm(participant.gate().connectNanos(), this::notConnectedInTime);
        try {
            HttpRequest request = new BranchRequest(participant, call, this::length).to(participant.addresses());
            Handshakes.of(this, () -> send(request));
        } catch (AllowedAddresses.Forbidden forbidden) {
            String why = ErrorCode.TARGET_NOT_ALLOWED.id() + ": " + forbidden.getMessage();
            finish(new Outcome.Misconfigured(why, false), Circuit.Link.SILENT);
        } catch (UnknownHostException unknown) {
            notConnected(unknown);
        } catch (RuntimeException | Error unsendable) {
            // A call that never started would hold its place for ever.
            dispatch.caught(call, "a call to participant {} could not be started", unsendable);
            finish(
                    new Outcome.Unknown("the call could not be started: " + unsendable.getMessage(), null),
                    Circuit.Link.SILENT);
        }
    }

    // ---- its connection

    @Override
    public void handshakeBegins() {
        isSecuring = true;
    }

    @Override
    public void handshakeDone() throws SSLException {
        try {
            depart();
        } catch (NotLeaving notLeaving) {
            throw new SSLException(notLeaving.getMessage(), notLeaving);
        }
    }

    /**
     * The client asks for the body's length when it has a connection and writes the headers; over TLS the handshake
     * follows.
     */
    private long length(long bytes) {
        if (!isSecuring) {
            depart();
        }
        return bytes;
    }

    /** Asked at the last moment: the lease may have lapsed while it connected. From here on the attempt's time runs. */
    private void depart() {
        if (stage.get() == Stage.LEFT) {
            return;
        }
        String refusal = dispatch.refusal(call);
        if (refusal != null && end() == Stage.CONNECTING) {
            participant.gate().circuit().report(Circuit.Link.SILENT);
            dispatch.refused(call, answer, refusal);
        }
        leftNanos = System.nanoTime();
        if (!stage.compareAndSet(Stage.CONNECTING, Stage.LEFT)) {
            throw new NotLeaving();
        }
        waitsNoMore();
        cancelAlarm();
        alarm = alarm(call.timeout().toNanos(), this::unanswered);
    }

    // ---- on its way

    private void send(HttpRequest request) {
        int maxBytes = participant.config().maxResponseBytes();
        CompletableFuture<HttpResponse<CappedBody.Read>> sent = participant
                .client()
                .sendAsync(request, head -> new CappedBody(fault(head.headers()) == null ? maxBytes : 0));
        exchange = sent;
        var _ = sent.whenComplete(this::ended);
        if (stage.get() == Stage.ENDED) {
            sent.cancel(true);
        }
    }

    private Future<?> alarm(long nanos, Runnable rings) {
        return participant.gate().alarm(nanos, rings);
    }

    private void cancelAlarm() {
        Future<?> set = alarm;
        if (set != null) {
            set.cancel(false);
        }
    }

    private void cancelExchange() {
        Future<?> under = exchange;
        if (under != null) {
            under.cancel(true);
        }
    }

    private void notConnectedInTime() {
        if (stage.compareAndSet(Stage.CONNECTING, Stage.ENDED)) {
            String why = "no connection in time";
            dispatch.notConnected(call, answer, why, why, Circuit.Link.BROKEN);
            cancelExchange();
        }
    }

    /** The client's own timeout ends with the headers; this one ends with the last byte. */
    private void unanswered() {
        if (stage.compareAndSet(Stage.LEFT, Stage.ENDED)) {
            report(Stage.LEFT, new Outcome.Unknown("no answer in time", null), Circuit.Link.SILENT);
            cancelExchange();
        }
    }

    // ---- its end

    /** Ends it; how far it was. */
    private Stage end() {
        return stage.getAndSet(Stage.ENDED);
    }

    private void ended(@Nullable HttpResponse<CappedBody.Read> response, @Nullable Throwable thrown) {
        Stage was = end();
        if (was == Stage.ENDED) {
            return;
        }
        cancelAlarm();
        if (response != null) {
            dispatch.finished(call, answer, classified(response), Circuit.Link.ANSWERED, leftNanos);
            return;
        }
        Throwable cause = cause(thrown);
        Circuit.Link link = cause instanceof IOException ? Circuit.Link.BROKEN : Circuit.Link.SILENT;
        if (was == Stage.CONNECTING && cause instanceof IOException) {
            String found = OutcomeTable.shortened("no connection: " + cause);
            dispatch.notConnected(call, answer, Gate.NO_CONNECTION, found, link);
        } else {
            report(was, new Outcome.Unknown(Gate.BROKEN_LINK, null), link);
            participant.gate().noteBroken(OutcomeTable.shortened("the link broke: " + cause));
        }
    }

    /** Unwraps the cause. Of a try that it may not repeat the client says only that there were too many. */
    private static @Nullable Throwable cause(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null
                && cause.getCause() != null
                && (cause instanceof CompletionException || "Too many retries".equals(cause.getMessage()))) {
            cause = cause.getCause();
        }
        return cause;
    }

    private void notConnected(UnknownHostException unknown) {
        if (end() != Stage.ENDED) {
            cancelAlarm();
            String told = "its name has no address";
            String found = OutcomeTable.shortened(told + ": " + unknown.getMessage());
            dispatch.notConnected(call, answer, told, found, Circuit.Link.BROKEN);
        }
    }

    private void finish(Outcome outcome, Circuit.Link link) {
        Stage was = end();
        if (was != Stage.ENDED) {
            cancelAlarm();
            report(was, outcome, link);
        }
    }

    /** Only what has left is an attempt that took time. */
    private void report(Stage was, Outcome outcome, Circuit.Link link) {
        if (was == Stage.LEFT) {
            dispatch.finished(call, answer, outcome, link, leftNanos);
        } else {
            dispatch.stillborn(call, answer, outcome, link);
        }
    }

    /** Finds a fault in an answer. Then no body is read; where there is one, its connection is not used again. */
    private static @Nullable String fault(HttpHeaders headers) {
        return AnswerHead.fault(headers, Connections.MAX_METADATA_BYTES);
    }

    private Outcome classified(HttpResponse<CappedBody.Read> response) {
        String fault = fault(response.headers());
        if (fault != null) {
            return new Outcome.Unknown(fault, null);
        }
        return dispatch.classified(
                call,
                () -> participant
                        .table()
                        .classify(response.statusCode(), response.headers(), response.body(), call.pattern()));
    }
}
