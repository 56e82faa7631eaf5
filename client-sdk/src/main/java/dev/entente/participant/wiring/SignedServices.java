package dev.entente.participant.wiring;

import com.google.protobuf.MessageLite;
import dev.entente.participant.CallSignature;
import dev.entente.wire.RawMessage;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Refuses calls without a valid signature, which covers the bytes as received. Immutable. */
final class SignedServices implements ServerInterceptor {
    private static final Status REFUSED = Status.UNAUTHENTICATED.withDescription(
            "entente-signature is missing, too old, made with another key, or made for another call");

    private final CallSignature signature;

    private SignedServices(CallSignature signature) {
        this.signature = signature;
    }

    /** Wraps a service, so that its handlers see only signed calls. */
    static ServerServiceDefinition of(ServerServiceDefinition service, CallSignature signature) {
        return ServerInterceptors.intercept(
                ServerInterceptors.useMarshalledMessages(service, RawMessage.MARSHALLER),
                new SignedServices(signature));
    }

    /** Wraps a service whose requests are already parsed. Each request must serialize to the received bytes. */
    static ServerServiceDefinition ofMessages(ServerServiceDefinition service, CallSignature signature) {
        return ServerInterceptors.intercept(service, new SignedServices(signature));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (call.getMethodDescriptor().getType() != MethodType.UNARY) {
            call.close(Status.UNAUTHENTICATED.withDescription("only unary calls can be signed"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return new Checked<>(next.startCall(call, headers), call, headers);
    }

    /** One call. gRPC uses one thread at a time. */
    private final class Checked<Q> extends SimpleForwardingServerCallListener<Q> {
        private final ServerCall<Q, ?> call;
        private final Metadata headers;
        private boolean isProven;
        private boolean isRefused;

        Checked(ServerCall.Listener<Q> handler, ServerCall<Q, ?> call, Metadata headers) {
            super(handler);
            this.call = call;
            this.headers = headers;
        }

        @Override
        public void onMessage(Q message) {
            byte[] body = message instanceof MessageLite read ? read.toByteArray() : (byte[]) message;
            isProven = !isRefused && holds(body);
            if (isProven) {
                super.onMessage(message);
            } else {
                refuse();
            }
        }

        @Override
        public void onHalfClose() {
            if (isProven) {
                super.onHalfClose();
            } else {
                refuse();
            }
        }

        private void refuse() {
            if (!isRefused) {
                isRefused = true;
                call.close(REFUSED, new Metadata());
            }
        }

        private boolean holds(byte[] body) {
            Function<String, @Nullable String> header =
                    name -> headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
            String path = "/" + call.getMethodDescriptor().getFullMethodName();
            return signature.holds("POST", call.getAuthority(), path, header, body, Instant.now());
        }
    }
}
