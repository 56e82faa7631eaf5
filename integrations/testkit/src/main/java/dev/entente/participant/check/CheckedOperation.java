package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One operation of a branch, as the coordinator would call it.
 *
 * @param channel to the participant
 * @param method {@code package.Service/Method}, or over HTTP a method and a path
 * @param request made from the forward call's response, which may be unknown
 */
public record CheckedOperation(Channel channel, String method, Function<Optional<ByteString>, ByteString> request) {
    /** Creates an operation with a request that does not depend on the response. */
    public static CheckedOperation of(Channel channel, MethodDescriptor<?, ?> method, Message request) {
        return new CheckedOperation(channel, method.getFullMethodName(), response -> request.toByteString());
    }

    /**
     * Creates an operation of an HTTP participant, with a body that does not depend on the response.
     *
     * @param base such as {@code http://127.0.0.1:8080}
     * @param call method and path, such as {@code POST /debits}; the path is appended to that of the base
     * @param json the body; empty for none
     */
    public static CheckedOperation http(URI base, String call, String json) {
        return http(base, call, Map.of(), response -> ByteString.copyFromUtf8(json));
    }

    /**
     * Creates an operation as {@link #http(URI, String, String)}.
     *
     * @param headers in addition to Entente's own
     * @throws IllegalArgumentException if the call is no method and a path, or the base is no {@code http} URL
     */
    public static CheckedOperation http(
            URI base, String call, Map<String, String> headers, Function<Optional<ByteString>, ByteString> request) {
        if (!call.matches("[A-Z]+ /.*")) {
            throw new IllegalArgumentException(
                    "'" + call + "' is not a call over HTTP; write method and path, as in" + " POST /debits");
        }
        if (base.getHost() == null || !String.valueOf(base.getScheme()).matches("https?")) {
            throw new IllegalArgumentException("'" + base + "' is not a URL of a participant; write http://host:port");
        }
        return new CheckedOperation(new HttpChannel(base, headers), call, request);
    }
}
