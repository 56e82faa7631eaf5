package dev.entente.client;

import dev.entente.backends.PatientAwaits;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A real server on the loopback interface that records the metadata of each call. */
public final class Loopback implements AutoCloseable {
    /** The metadata of a call. */
    public record Arrival(String method, Metadata headers, boolean hasDeadline) {
        public @Nullable String header(String name) {
            return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
        }
    }

    /** The first call of a process loads classes. On a busy machine this takes longer than a client's timeout. */
    static {
        try (Loopback server = new Loopback(new FakeCoordinator());
                Entente first = server.client().build()) {
            first.saga("first").submit();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    public final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    private final Server server;
    private final int port;

    public Loopback(BindableService service, ServerInterceptor... interceptors) throws IOException {
        this(List.of(service), interceptors);
    }

    public Loopback(List<BindableService> services, ServerInterceptor... interceptors) throws IOException {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create());
        for (ServerInterceptor interceptor : interceptors) {
            builder.intercept(interceptor);
        }
        services.forEach(builder::addService);
        server = builder.intercept(new Recorder()).build().start();
        port = server.getPort();
    }

    public String target() {
        return InetAddress.getLoopbackAddress().getHostAddress() + ":" + port;
    }

    int port() {
        return port;
    }

    /** Returns a client with long timeouts. A test of timeouts sets its own. */
    Entente.Builder client() {
        return Entente.builder(target())
                .callTimeout(PatientAwaits.BOUND)
                .retryFor(PatientAwaits.BOUND)
                .tick(PatientAwaits.BOUND);
    }

    @Override
    public void close() {
        try {
            server.shutdownNow().awaitTermination();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Recorder implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            boolean hasDeadline = Context.current().getDeadline() != null;
            arrivals.add(
                    new Arrival(String.valueOf(call.getMethodDescriptor().getBareMethodName()), headers, hasDeadline));
            return next.startCall(call, headers);
        }
    }
}
