package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallResponse;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.PendingCall;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpResponseException;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpCompliance.Violation;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * One call over HTTP. The call leaves when the client has a connection with a finished TLS handshake and is about to
 * write the request. No thread waits for the response.
 */
final class HttpOutgoingCall extends PendingCall {
    private static final String JSON = "application/json";
    private static final long MORE_THAN_ITS_TIME_MILLIS = 1000;
    private static final Set<String> TWO_LENGTHS = Set.of(
            Violation.MULTIPLE_CONTENT_LENGTHS.getDescription(),
            Violation.TRANSFER_ENCODING_WITH_CONTENT_LENGTH.getDescription());

    private final HttpParticipant participant;
    /** True after the last byte of the request was written. */
    private volatile boolean isWritten;

    private volatile @Nullable Request request;
    /** The number of bytes in the names and values of the response's headers. */
    private int headBytes;
    /** The part of the response's body that was read. */
    private ByteString body = ByteString.EMPTY;

    /** Aborts a request. */
    private static final class NotWanted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotWanted(String why) {
            super(why, null, false, false);
        }
    }

    HttpOutgoingCall(HttpParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        super(participant, call, answer);
        this.participant = participant;
    }

    // ---- before the call leaves

    /** Ends the call also after an exception, so that the call releases its place. */
    @Override
    public void enter() {
        try {
            if (isRefused(System.nanoTime())) {
                return;
            }
            if (participant.circuit().admits()) {
                connect();
            } else {
                awaitConnection();
            }
        } catch (RuntimeException | Error defect) { // counted; the call ends
            caught("a call to participant {} could not be started", defect);
            finish(
                    new Outcome.Unknown("the call could not be started: " + defect.getMessage(), null),
                    Circuit.Link.SILENT);
        }
    }

    private void connect() {
        beginConnecting(this::notConnectedInTime);
        request = made().idleTimeout(call().timeout().toMillis() + MORE_THAN_ITS_TIME_MILLIS, TimeUnit.MILLISECONDS)
                .onRequestHeaders(this::depart)
                .onRequestSuccess(_ -> isWritten = true)
                .onResponseHeader(this::counted)
                .onResponseHeaders(this::begun)
                .onResponseContent(this::read)
                .onResponseSuccess(this::answered);
        request.send(this::ended);
    }

    /** Builds the request. @throws IllegalArgumentException if the call is not valid for HTTP */
    private Request made() {
        BranchCall call = call();
        Target.Http target = switch (call.target()) {
            case Target.Http http -> http;
            case Target.Grpc _, Target.Kafka _ ->
                throw new IllegalArgumentException(call.target().text() + " is not called over HTTP");
        };
        URI uri = participant.address().uri(target.path());
        Request request = participant.request(uri).method(target.method());
        request.headers(headers -> {
            headers.put("host", participant.address().hostHeader());
            headers.put("accept", JSON);
            headers.put("accept-encoding", "identity"); // a gzip response is still decoded
            if (!call.request().isEmpty()) {
                headers.put("content-type", JSON);
            }
            target.headers().forEach((name, value) -> put(headers, name, value));
            participant
                    .metadata()
                    .headers(call, target.method(), pathOf(uri), (name, value) -> put(headers, name, value));
        });
        if (!call.request().isEmpty()) {
            request.body(new BytesRequestContent(call.request().toByteArray()));
        }
        return request;
    }

    private static void put(HttpFields.Mutable headers, String name, String value) {
        if (value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f)) {
            throw new IllegalArgumentException("the header '" + name + "' has a control character");
        }
        headers.put(name, value);
    }

    private static String pathOf(URI uri) {
        return uri.getRawQuery() == null ? uri.getRawPath() : uri.getRawPath() + "?" + uri.getRawQuery();
    }

    private void notConnectedInTime() {
        String why = "no connection in time";
        if (notConnected(why, why)) {
            breakOff(why);
        }
    }

    // ---- departure

    /**
     * Marks the call as having left; the client writes the first byte after this method. Aborts the request if the call
     * must not leave.
     */
    private void depart(Request ready) {
        boolean leaves = false;
        try {
            leaves = mayLeave(System.nanoTime());
            if (leaves) {
                leaves();
                setAlarm(call().timeout().toNanos(), this::unanswered);
            }
        } finally {
            if (!leaves) {
                participant.circuit().report(Circuit.Link.SILENT);
                var _ = ready.abort(new NotWanted("the call is no longer needed"));
            }
        }
    }

    private void breakOff(String why) {
        Request under = request;
        if (under != null) {
            var _ = under.abort(new NotWanted(why));
        }
    }

    private void unanswered() {
        String why = "no response in time";
        finish(new Outcome.Unknown(why, null), Circuit.Link.SILENT);
        breakOff(why);
    }

    // ---- response

    private boolean counted(Response head, HttpField header) {
        headBytes += header.getName().length()
                + Objects.requireNonNullElse(header.getValue(), "").length();
        if (headBytes <= CalledParticipant.MAX_METADATA_BYTES) {
            return true;
        }
        String fault =
                "the headers of the response have more than %s bytes".formatted(CalledParticipant.MAX_METADATA_BYTES);
        finish(new Outcome.Unknown(fault, null), Circuit.Link.ANSWERED);
        breakOff(fault);
        return false;
    }

    private void begun(Response head) {
        if (head.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101) {
            var _ = head.abort(new IOException("the response changes the protocol"));
        }
    }

    private void read(Response head, ByteBuffer bytes) {
        if (bytes.remaining() > participant.config().maxResponseBytes() - body.size()) {
            finish(classified(head, null), Circuit.Link.ANSWERED);
            breakOff("the response is too large");
        } else {
            body = body.concat(ByteString.copyFrom(bytes));
        }
    }

    /** Ends a call if the response came before the request was fully written. The rest may stay unread for long. */
    private void answered(Response head) {
        if (!isWritten && !HttpStatus.isInterim(head.getStatus())) {
            finish(classified(head, body), Circuit.Link.ANSWERED);
        }
    }

    // ---- end

    private void ended(Result result) {
        Throwable failure = result.getResponseFailure();
        if (failure == null) {
            finish(classified(result.getResponse(), body), Circuit.Link.ANSWERED);
        } else if (hasLeft()) {
            broken(failure);
        } else {
            notConnected(failure);
        }
    }

    private void notConnected(Throwable failure) {
        switch (failure) {
            case AllowedAddresses.Forbidden forbidden -> {
                String why = ErrorCode.TARGET_NOT_ALLOWED.id() + ": " + forbidden.getMessage();
                finish(new Outcome.Misconfigured(why, false), Circuit.Link.SILENT);
            }
            case UnknownHostException unknown -> {
                String reported = "its host name has no address";
                var _ = notConnected(reported, CallResponse.shortened(reported + ": " + unknown.getMessage()));
            }
            case IOException _ -> {
                String found = CallResponse.shortened("no connection: " + failure);
                var _ = notConnected(CalledParticipant.NO_CONNECTION, found);
            }
            default -> broken(failure);
        }
    }

    private void broken(Throwable failure) {
        if (failure.getCause() instanceof HttpException refused) {
            malformed(Objects.requireNonNullElse(refused.getReason(), "unreadable"));
            return;
        }
        boolean isBroken = failure instanceof IOException || failure instanceof HttpResponseException;
        Circuit.Link link = isBroken ? Circuit.Link.BROKEN : Circuit.Link.SILENT;
        if (finish(new Outcome.Unknown(CalledParticipant.BROKEN_LINK, null), link)) {
            Throwable found = failure instanceof HttpResponseException refused ? refused.getCause() : failure;
            participant.noteBroken(CallResponse.shortened("the connection broke: " + text(found)));
        }
    }

    /** Returns an error of a connection as a text for operators. */
    static String text(@Nullable Throwable failure) {
        // Jetty's own message describes the internal state of the connection.
        return failure instanceof EOFException ? "the connection ended before the response" : String.valueOf(failure);
    }

    /** @param reason why the client rejected the response's head; it contains at most one character of the response */
    private void malformed(String reason) {
        if (TWO_LENGTHS.contains(reason)) {
            finish(new Outcome.Unknown("the response has more than one length", null), Circuit.Link.ANSWERED);
        } else {
            finish(
                    new Outcome.Unknown("the head of the response cannot be read: " + reason, null),
                    Circuit.Link.BROKEN);
        }
    }

    /** @param read null if it was too large */
    private Outcome classified(Response head, @Nullable ByteString read) {
        try {
            return participant.table().classify(head, read, call().pattern());
        } catch (RuntimeException | Error e) { // counted; the call still gets an outcome
            return unreadable(e);
        }
    }
}
