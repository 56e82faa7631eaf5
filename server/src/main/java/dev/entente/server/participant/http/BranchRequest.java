package dev.entente.server.participant.http;

import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import java.net.URI;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpFields;

/** Makes the HTTP request of one call. */
final class BranchRequest {
    private static final String JSON = "application/json";

    private BranchRequest() {}

    /** @throws IllegalArgumentException if no request can be made of it */
    static Request of(HttpParticipant participant, BranchCall call) {
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
}
