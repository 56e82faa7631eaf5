package dev.entente.server.api.connect;

import com.google.protobuf.Message;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.RequestId;
import dev.entente.server.api.wire.RequestParsing;
import dev.entente.server.api.wire.UnparsedBytes;
import dev.entente.server.http.UnreadBody;
import dev.entente.server.http.WebAnswer;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.AnonymousInProcessSocketAddress;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Serves unary calls that come as JSON over HTTP: a gRPC server within the process has the same services behind the
 * same interceptors, and reads its requests from JSON. JSON is read and written on virtual threads. Thread-safe.
 *
 * @see <a href="https://connectrpc.com/docs/protocol">The Connect protocol</a>
 */
public final class ConnectCalls implements Request.Handler {
    /** No other header of a request reaches a service. */
    private static final List<Metadata.Key<String>> PASSED =
            List.of(Authentication.AUTHORIZATION, Authentication.TRACEPARENT, RequestId.HEADER);

    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-http-call-", 0).factory());
    private final Map<String, Method> methods = new HashMap<>();
    private final int maxBodyBytes;
    private final Server server;
    private final ManagedChannel channel;

    /** A method as it is called within the process: whatever it is, gRPC tells when its request may come. */
    private record Method(MethodDescriptor<InputStream, Message> called, boolean isUnary) {
        @SuppressWarnings("unchecked") // Every answer is a message.
        static Method of(MethodDescriptor<?, ?> method) {
            MethodDescriptor<?, Message> described = (MethodDescriptor<?, Message>) method;
            MethodDescriptor<InputStream, Message> called = described.toBuilder(
                            UnparsedBytes.AS_THEY_ARE, described.getResponseMarshaller())
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .build();
            return new Method(called, method.getType() == MethodDescriptor.MethodType.UNARY);
        }
    }

    /**
     * Begins to serve.
     *
     * @param interceptors the last one sees a call first
     * @param maxBodyBytes of a request
     */
    public ConnectCalls(
            List<ServerServiceDefinition> services, List<ServerInterceptor> interceptors, int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
        AnonymousInProcessSocketAddress address = new AnonymousInProcessSocketAddress();
        InProcessServerBuilder builder =
                InProcessServerBuilder.forAddress(address).executor(threads);
        interceptors.forEach(builder::intercept);
        builder.intercept(new FromClient(false));
        for (ServerServiceDefinition service : services) {
            builder.addService(RequestParsing.of(service, JsonRequests::of));
            service.getServiceDescriptor()
                    .getMethods()
                    .forEach(method -> methods.put("/" + method.getFullMethodName(), Method.of(method)));
        }
        server = builder.build();
        channel = InProcessChannelBuilder.forAddress(address)
                .executor(threads)
                .disableRetry()
                .build();
        try {
            server.start();
        } catch (IOException impossible) { // nothing is bound
            throw new UncheckedIOException(impossible);
        }
    }

    /** Returns the answer to a call that is refused before it comes here, under that status of HTTP. */
    public static WebAnswer refusal(int status, Refusal refusal) {
        return ConnectAnswer.of(status, refusal).written();
    }

    /** Returns the server, for whoever lets it end before {@link #close}. */
    public Server server() {
        return server;
    }

    /** Breaks off what is under way. */
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Method method = methods.get(Request.getPathInContext(request));
        ConnectAnswer refusal = method == null ? ConnectAnswer.UNKNOWN : ConnectHead.refusal(request, method.isUnary());
        if (refusal != null) {
            UnreadBody.skip(request, response, () -> refusal.write(response, callback));
        } else if (method != null) {
            var call = channel.newCall(method.called(), ConnectHead.options(request));
            new ConnectCall(request, response, callback, call, maxBodyBytes).start(headers(request));
        }
        return true;
    }

    private static Metadata headers(Request request) {
        Metadata headers = new Metadata();
        for (Metadata.Key<String> key : PASSED) {
            String value = request.getHeaders().get(key.name());
            if (value != null) {
                headers.put(key, value);
            }
        }
        headers.put(FromClient.ADDRESS, Request.getRemoteAddr(request));
        return headers;
    }
}
