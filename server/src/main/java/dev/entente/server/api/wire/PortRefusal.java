package dev.entente.server.api.wire;

import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;

/** The reasons for which the port refuses a request or a connection before it is known who calls. */
enum PortRefusal {
    CONNECTIONS("a connection more than one peer, or all together, may have"),
    SLOWED("a connection, for now: its peer has flooded another one"),
    PACED("a connection, for now: its peer opens them too fast"),
    SILENT("a connection that does not begin to speak HTTP/2 in time"),
    TOO_LARGE("a message beyond what its method takes"),
    COMPRESSED("a compressed message to a method that is open to everybody"),
    TOO_SLOW("a request whose end did not come in time"),
    TOO_MANY_BYTES("unfinished requests beyond the bytes that one connection, or all together, may leave so"),
    TOO_MANY_CALLS("too many calls to methods that are open to everybody, whose answers go on or were not taken"),
    UNTAKEN("an answer that its client does not take"),
    UNREAD("a connection whose client does not read what it is sent"),
    REFUSED("a connection that goes on with calls that are refused"),
    RESETS("a connection that gives up calls too fast"),
    SETTINGS("a connection that sends SETTINGS too fast"),
    PINGS("a connection that sends PING too fast"),
    FRAMES("a connection that sends frames without content too fast");

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String DETAILS = "grpc-status-details-bin";

    private final String meaning;

    PortRefusal(String meaning) {
        this.meaning = meaning;
    }

    /** Returns its value of the metric's label. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns a whole answer of gRPC that has the reason and its code, for a client that has got nothing yet. */
    Http2Headers answer() {
        StatusRuntimeException refused = Errors.of(refusal());
        Http2Headers answer = new DefaultHttp2Headers()
                .status("200")
                .set("content-type", "application/grpc")
                .set(
                        "grpc-status",
                        Integer.toString(refused.getStatus().getCode().value()))
                .set("grpc-message", toString());
        Metadata trailers = refused.getTrailers();
        byte[] details =
                trailers == null ? null : trailers.get(Metadata.Key.of(DETAILS, Metadata.BINARY_BYTE_MARSHALLER));
        return details == null
                ? answer
                : answer.set(DETAILS, Base64.getEncoder().withoutPadding().encodeToString(details));
    }

    private Refusal refusal() {
        return this == TOO_LARGE || this == COMPRESSED
                ? Refusal.of(ErrorCode.TOO_LARGE, toString())
                : Refusal.temporary(ErrorCode.OVERLOADED, this + "; send it again later", PAUSE);
    }

    @Override
    public String toString() {
        return meaning;
    }
}
