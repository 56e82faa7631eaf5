package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
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
import java.io.EOFException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpResponseException;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpCompliance.Violation;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * One call over HTTP from waiting to its answer. The client tells when it has a connection, whose TLS handshake is done,
 * and is about to write the request: then the call leaves. Nobody waits for the answer.
 */
final class HttpOutgoingCall implements InFlightLimit.Entrant {
    private static final long MORE_THAN_ITS_TIME_MILLIS = 1000;
    private static final Set<String> TWO_LENGTHS = Set.of(
            Violation.MULTIPLE_CONTENT_LENGTHS.getDescription(),
            Violation.TRANSFER_ENCODING_WITH_CONTENT_LENGTH.getDescription());

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

    /** Tells whether its request was written to its last byte. */
    private volatile boolean isWritten;

    private volatile long leftNanos;
    private volatile @Nullable Future<?> alarm;
    private volatile @Nullable Request request;
    /** Bytes of the names and values of its answer's headers. */
    private int headBytes;
    /** The part of its answer that was read. */
    private ByteString body = ByteString.EMPTY;

    /** How far it is. */
    private enum Stage {
        /** Nothing of it has left. */
        CONNECTING,
        LEFT,
        ENDED
    }

    /** Breaks off a request. */
    private static final class NotWanted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotWanted(String why) {
            super(why, null, false, false);
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

    /** Ends the call also if it throws: it would hold its place for ever. */
    @Override
    public void enter() {
        try {
            setOut();
        } catch (RuntimeException | Error defect) {
            dispatch.caught(call, "a call to participant {} could not be started", defect);
            finish(
                    new Outcome.Unknown("the call could not be started: " + defect.getMessage(), null),
                    Circuit.Link.SILENT);
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
        request = BranchRequest.of(participant, call)
                .idleTimeout(call.timeout().toMillis() + MORE_THAN_ITS_TIME_MILLIS, TimeUnit.MILLISECONDS)
                .onRequestHeaders(this::depart)
                .onRequestSuccess(_ -> isWritten = true)
                .onResponseHeader(this::counted)
                .onResponseHeaders(this::begun)
                .onResponseContent(this::read)
                .onResponseSuccess(this::answered);
        request.send(this::ended);
    }

    // ---- it leaves

    /** Nothing of it has left yet: the client writes its first byte when this returns, unless it was broken off. */
    private void depart(Request ready) {
        boolean leaves = false;
        try {
            leaves = leaves();
        } finally {
            if (!leaves) {
                var _ = ready.abort(new NotWanted("the call is not wanted any more"));
            }
        }
    }

    /** Asked at the last moment: the lease may have lapsed while it connected. From here on the attempt's time runs. */
    private boolean leaves() {
        String refusal = dispatch.refusal(call);
        if (refusal != null && end() == Stage.CONNECTING) {
            cancelAlarm();
            participant.gate().circuit().report(Circuit.Link.SILENT);
            dispatch.refused(call, answer, refusal);
        }
        leftNanos = System.nanoTime();
        if (!stage.compareAndSet(Stage.CONNECTING, Stage.LEFT)) {
            return false;
        }
        waitsNoMore();
        cancelAlarm();
        alarm = alarm(call.timeout().toNanos(), this::unanswered);
        return true;
    }

    // ---- its time

    private Future<?> alarm(long nanos, Runnable rings) {
        return participant.gate().alarm(nanos, rings);
    }

    private void cancelAlarm() {
        Future<?> set = alarm;
        if (set != null) {
            set.cancel(false);
        }
    }

    private void breakOff(String why) {
        Request under = request;
        if (under != null) {
            var _ = under.abort(new NotWanted(why));
        }
    }

    private void notConnectedInTime() {
        if (stage.compareAndSet(Stage.CONNECTING, Stage.ENDED)) {
            String why = "no connection in time";
            dispatch.notConnected(call, answer, why, why, Circuit.Link.BROKEN);
            breakOff(why);
        }
    }

    private void unanswered() {
        String why = "no answer in time";
        if (stage.compareAndSet(Stage.LEFT, Stage.ENDED)) {
            dispatch.finished(call, answer, new Outcome.Unknown(why, null), Circuit.Link.SILENT, leftNanos);
        }
        breakOff(why);
    }

    // ---- its answer

    private boolean counted(Response head, HttpField header) {
        headBytes += header.getName().length()
                + Objects.requireNonNullElse(header.getValue(), "").length();
        if (headBytes <= Connections.MAX_METADATA_BYTES) {
            return true;
        }
        String fault = "the headers of the answer have more than %d bytes".formatted(Connections.MAX_METADATA_BYTES);
        finish(new Outcome.Unknown(fault, null), Circuit.Link.ANSWERED);
        breakOff(fault);
        return false;
    }

    private void begun(Response head) {
        if (head.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101) {
            var _ = head.abort(new IOException("the answer changes the protocol"));
        }
    }

    private void read(Response head, ByteBuffer bytes) {
        if (bytes.remaining() > participant.config().maxResponseBytes() - body.size()) {
            finish(classified(head, null), Circuit.Link.ANSWERED);
            breakOff("the answer is too large");
        } else {
            body = body.concat(ByteString.copyFrom(bytes));
        }
    }

    /** An answer that came before the request was written: nobody reads the rest, so the client may wait for long. */
    private void answered(Response head) {
        if (!isWritten && !HttpStatus.isInterim(head.getStatus())) {
            finish(classified(head, body), Circuit.Link.ANSWERED);
        }
    }

    // ---- its end

    /** Ends it; how far it was. */
    private Stage end() {
        return stage.getAndSet(Stage.ENDED);
    }

    private void ended(Result result) {
        cancelAlarm();
        Throwable failure = result.getResponseFailure();
        if (failure == null) {
            finish(classified(result.getResponse(), body), Circuit.Link.ANSWERED);
            return;
        }
        switch (end()) {
            case CONNECTING -> notConnected(failure);
            case LEFT -> unanswered(failure);
            case ENDED -> {}
        }
    }

    private void notConnected(Throwable failure) {
        switch (failure) {
            case AllowedAddresses.Forbidden forbidden -> {
                String why = ErrorCode.TARGET_NOT_ALLOWED.id() + ": " + forbidden.getMessage();
                dispatch.stillborn(call, answer, new Outcome.Misconfigured(why, false), Circuit.Link.SILENT);
            }
            case UnknownHostException unknown -> {
                String told = "its name has no address";
                String found = OutcomeTable.shortened(told + ": " + unknown.getMessage());
                dispatch.notConnected(call, answer, told, found, Circuit.Link.BROKEN);
            }
            case IOException _ -> {
                String found = OutcomeTable.shortened("no connection: " + failure);
                dispatch.notConnected(call, answer, Gate.NO_CONNECTION, found, Circuit.Link.BROKEN);
            }
            default -> {
                dispatch.stillborn(call, answer, new Outcome.Unknown(Gate.BROKEN_LINK, null), Circuit.Link.SILENT);
                participant.gate().noteBroken(OutcomeTable.shortened("the link broke: " + failure));
            }
        }
    }

    private void unanswered(Throwable failure) {
        String fault = fault(failure);
        if (fault != null) {
            dispatch.finished(call, answer, new Outcome.Unknown(fault, null), Circuit.Link.ANSWERED, leftNanos);
            return;
        }
        boolean isBroken = failure instanceof IOException || failure instanceof HttpResponseException;
        Circuit.Link link = isBroken ? Circuit.Link.BROKEN : Circuit.Link.SILENT;
        dispatch.finished(call, answer, new Outcome.Unknown(Gate.BROKEN_LINK, null), link, leftNanos);
        Throwable found = failure instanceof HttpResponseException refused ? refused.getCause() : failure;
        // Jetty's own words for this are its connection's inner state.
        String told = found instanceof EOFException ? "it ended before the answer did" : String.valueOf(found);
        participant.gate().noteBroken(OutcomeTable.shortened("the link broke: " + told));
    }

    /** Says why an answer counts as none whose head the client has refused; null where it was something else. */
    private static @Nullable String fault(Throwable failure) {
        if (!(failure.getCause() instanceof HttpException head)) {
            return null;
        }
        String reason = Objects.requireNonNullElse(head.getReason(), "");
        return TWO_LENGTHS.contains(reason) ? "the answer has more than one length" : null;
    }

    private void finish(Outcome outcome, Circuit.Link link) {
        switch (end()) {
            case CONNECTING -> {
                cancelAlarm();
                dispatch.stillborn(call, answer, outcome, link);
            }
            case LEFT -> dispatch.finished(call, answer, outcome, link, leftNanos);
            case ENDED -> {}
        }
    }

    /** @param read null if it was too large */
    private Outcome classified(Response head, @Nullable ByteString read) {
        return dispatch.classified(call, () -> participant.table().classify(head, read, call.pattern()));
    }
}
