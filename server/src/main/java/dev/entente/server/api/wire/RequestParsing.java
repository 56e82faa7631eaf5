package dev.entente.server.api.wire;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import io.grpc.ForwardingServerCallListener;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;

/**
 * Parses requests after the interceptors, so malformed bytes get the same response as other invalid input. If the
 * transport parsed them, it would answer UNKNOWN without a code and log a stack trace for each request.
 */
public final class RequestParsing {
    private RequestParsing() {}

    /** Returns the service with unparsed requests: protobuf's bytes, or JSON. */
    public static ServerServiceDefinition of(ServerServiceDefinition service) {
        ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(
                        service.getServiceDescriptor().getName())
                .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
        var methods = service.getMethods().stream().map(method -> of(method)).toList();
        methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder reading = ServerServiceDefinition.builder(descriptor.build());
        methods.forEach(reading::addMethod);
        return reading.build();
    }

    private static <Q, R> ServerMethodDefinition<InputStream, R> of(ServerMethodDefinition<Q, R> method) {
        MethodDescriptor<Q, R> described = JsonRequests.of(method.getMethodDescriptor());
        ServerCallHandler<Q, R> handler = method.getServerCallHandler();
        return ServerMethodDefinition.create(
                described.toBuilder(
                                new UnparsedBytes(described.getRequestMarshaller()), described.getResponseMarshaller())
                        .build(),
                (call, headers) -> heard(call, described, handler.startCall(answering(call), headers)));
    }

    /** Casts a call to the request type of its service. The cast is safe, because a call returns no request. */
    @SuppressWarnings("unchecked")
    private static <Q, R> ServerCall<Q, R> answering(ServerCall<InputStream, R> call) {
        return (ServerCall<Q, R>) (ServerCall<?, R>) call;
    }

    @SuppressWarnings("unchecked") // the listener receives unparsed requests, and returns none
    private static <Q> ServerCall.Listener<InputStream> heard(
            ServerCall<?, ?> call, MethodDescriptor<Q, ?> method, ServerCall.Listener<Q> service) {
        return (ServerCall.Listener<InputStream>) (ServerCall.Listener<?>) new Requests<>(call, method, service);
    }

    /** Ignores all later events of the call after a refused request. */
    private static final class Requests<Q> extends ForwardingServerCallListener<Q> {
        private final ServerCall<?, ?> call;
        private final MethodDescriptor<Q, ?> method;
        private ServerCall.Listener<Q> listener;
        private boolean isRefused;

        private Requests(ServerCall<?, ?> call, MethodDescriptor<Q, ?> method, ServerCall.Listener<Q> listener) {
            this.call = call;
            this.method = method;
            this.listener = listener;
        }

        @Override
        protected ServerCall.Listener<Q> delegate() {
            return listener;
        }

        @Override
        public void onMessage(Object bytes) {
            if (isRefused) {
                return;
            }
            Q message;
            try {
                message = method.parseRequest((InputStream) bytes);
            } catch (StatusRuntimeException | Refusal unreadable) {
                isRefused = true;
                ServerCall.Listener<Q> served = listener;
                listener = new ServerCall.Listener<>() {};
                Refusal refusal = unreadable instanceof StatusRuntimeException broken
                        ? refusal(broken.getStatus())
                        : (Refusal) unreadable;
                var _ = Errors.refuse(call, refusal);
                served.onCancel();
                return;
            }
            listener.onMessage(message);
        }
    }

    private static Refusal refusal(Status status) {
        // A compressed message is decompressed while it is read.
        if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED) {
            return Refusal.of(ErrorCode.TOO_LARGE, "the request: " + status.getDescription());
        }
        Throwable cause = status.getCause();
        String why = "the bytes are not a message of the method's request type ("
                + (cause == null ? status.getDescription() : cause.getMessage())
                + "); compare the client's version of the API with the version that the coordinator's reflection"
                + " returns";
        return Refusal.malformed(ErrorCode.MALFORMED, "request", why);
    }
}
