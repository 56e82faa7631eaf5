package dev.entente.server.api.connect;

import com.google.protobuf.Message;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.RequestId;
import dev.entente.server.api.wire.UnparsedBytes;
import dev.entente.server.http.UnreadBody;
import dev.entente.server.http.WebResponse;
import dev.entente.wire.TraceParent;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Receives unary calls as JSON over HTTP, and makes these calls within this process. Thread-safe.
 *
 * @see <a href="https://connectrpc.com/docs/protocol">The Connect protocol</a>
 */
public final class ConnectCalls implements Request.Handler {
    /** The only request headers that reach a service. */
    private static final List<Metadata.Key<String>> PASSED =
            List.of(Authentication.AUTHORIZATION, TraceParent.KEY, RequestId.HEADER);

    private final Map<String, Method> methods = new HashMap<>();
    private final Channel channel;
    private final int maxBodyBytes;

    /** A method with the type of its in-process call. The streaming type lets gRPC signal when to send the request. */
    private record Method(MethodDescriptor<InputStream, Message> called, boolean isUnary) {
        @SuppressWarnings("unchecked") // Each response is a message.
        static Method of(MethodDescriptor<?, ?> method) {
            MethodDescriptor<?, Message> described = (MethodDescriptor<?, Message>) method;
            MethodDescriptor<InputStream, Message> called = described.toBuilder(
                            UnparsedBytes.AS_THEY_ARE, described.getResponseMarshaller())
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .build();
            return new Method(called, method.getType() == MethodDescriptor.MethodType.UNARY);
        }
    }

    /** @param maxBodyBytes of a request */
    public ConnectCalls(CallsWithin within, int maxBodyBytes) {
        this.channel = within.channel();
        this.maxBodyBytes = maxBodyBytes;
        for (ServerServiceDefinition service : within.services()) {
            service.getServiceDescriptor()
                    .getMethods()
                    .forEach(method -> methods.put("/" + method.getFullMethodName(), Method.of(method)));
        }
    }

    /** Returns the response for a call that is refused before it reaches this handler, with this HTTP status. */
    public static WebResponse refusal(int status, Refusal refusal) {
        return ConnectResponse.of(status, refusal);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Method method = methods.get(Request.getPathInContext(request));
        WebResponse refusal = method == null ? ConnectResponse.UNKNOWN : ConnectHead.refusal(request, method.isUnary());
        if (refusal != null) {
            UnreadBody.skip(request, response, () -> refusal.write(response, callback));
        } else if (method != null) {
            Thread.startVirtualThread(() -> make(method, request, response, callback));
        }
        return true;
    }

    private void make(Method method, Request request, Response response, Callback callback) {
        try {
            var call = channel.newCall(method.called(), ConnectHead.options(request));
            new ConnectCall(request, call, maxBodyBytes).make(headers(request), response, callback);
        } catch (RuntimeException | Error defect) { // Jetty logs it; the error handler counts it and responds
            callback.failed(defect);
        }
    }

    private static Metadata headers(Request request) {
        Metadata headers = new Metadata();
        for (Metadata.Key<String> key : PASSED) {
            String value = request.getHeaders().get(key.name());
            if (value != null) {
                headers.put(key, value);
            }
        }
        headers.put(ClientAddressInterceptor.ADDRESS, Request.getRemoteAddr(request));
        return headers;
    }
}
