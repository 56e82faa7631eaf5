package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.LongUnaryOperator;

/** The HTTP request of one call. */
final class BranchRequest {
    private static final String JSON = "application/json";

    private final HttpParticipant participant;
    private final BranchCall call;
    private final LongUnaryOperator length;

    /**
     * @param length given the body's length and answers it; asked when there is a connection, and what is written next
     * are the headers
     */
    BranchRequest(HttpParticipant participant, BranchCall call, LongUnaryOperator length) {
        this.participant = participant;
        this.call = call;
        this.length = length;
    }

    /** @param addresses that the participant's name has, or none where the client looks it up itself */
    HttpRequest to(List<InetAddress> addresses) {
        Target.Http target = switch (call.target()) {
            case Target.Http http -> http;
            case Target.Grpc _, Target.Kafka _ ->
                throw new IllegalArgumentException(call.target().text() + " is not called over HTTP");
        };
        HttpRequest.Builder request = HttpRequest.newBuilder();
        request.method(target.method(), new Body(call.request()));
        request.setHeader("accept", JSON);
        if (!call.request().isEmpty()) {
            request.setHeader("content-type", JSON);
        }
        target.headers().forEach(request::setHeader);
        URI uri = participant.address().uri(target.path());
        participant.metadata().headers(call, target.method(), pathOf(uri), request::setHeader);
        if (addresses.isEmpty()) {
            return request.uri(uri).build();
        }
        // Another one each time: one of them may be dead.
        InetAddress address = addresses.get(Math.floorMod(call.attempt(), addresses.size()));
        return request.setHeader("host", participant.address().authority())
                .uri(participant.address().uri(address, target.path()))
                .build();
    }

    private static String pathOf(URI uri) {
        return uri.getRawQuery() == null ? uri.getRawPath() : uri.getRawPath() + "?" + uri.getRawQuery();
    }

    /** The request's bytes, which tell when they are about to leave. */
    private final class Body implements HttpRequest.BodyPublisher {
        private final HttpRequest.BodyPublisher bytes;

        Body(ByteString request) {
            this.bytes = request.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(request.toByteArray());
        }

        @Override
        public long contentLength() {
            return length.applyAsLong(bytes.contentLength());
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            bytes.subscribe(subscriber);
        }
    }
}
