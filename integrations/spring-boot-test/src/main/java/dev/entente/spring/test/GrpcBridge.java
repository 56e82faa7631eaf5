package dev.entente.spring.test;

import com.google.protobuf.ByteString;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchHeaders;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The proxy between the coordinator and a gRPC participant in which {@link Faults} occur. Forwards calls as bytes;
 * calls without a branch (reflection, check-backs) have no faults. Refuses the stream for calls of many branches, so
 * that the coordinator makes separate calls. Thread-safe.
 */
final class GrpcBridge extends HandlerRegistry implements TestCoordinator.Bridge {
    private static final String STREAM =
            ParticipantServiceGrpc.getExecuteMethod().getFullMethodName();
    private static final Status LOST = Status.UNAVAILABLE.withDescription("lost by a fault of the test");

    private final ManagedChannel participant;
    private final Faults faults;
    private final Server server;

    /** The participant's response. */
    private record Response(@Nullable ByteString message, Status status, Metadata trailers) {}

    GrpcBridge(String target, Faults faults) {
        this.participant = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
        this.faults = faults;
        this.server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .fallbackHandlerRegistry(this)
                .build();
        try {
            server.start();
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
    }

    @Override
    public String target() {
        return "localhost:" + server.getPort();
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.newBuilder(
                        RawMessage.MARSHALLER, RawMessage.MARSHALLER)
                .setType(MethodType.UNKNOWN)
                .setFullMethodName(name)
                .build();
        return ServerMethodDefinition.create(method, this::passedOn);
    }

    private ServerCall.Listener<byte[]> passedOn(ServerCall<byte[], byte[]> call, Metadata headers) {
        Optional<Branch> branch =
                BranchHeaders.read(name -> headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
        if (branch.isEmpty()) {
            return call.getMethodDescriptor().getFullMethodName().equals(STREAM)
                    ? refused(call)
                    : relayed(call, headers);
        }
        call.request(1);
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] request) {
                var unused = faults.pass(
                                branch.orElseThrow(), () -> delivered(call.getMethodDescriptor(), headers, request))
                        .thenAccept(answer -> answer(call, answer.orElse(new Response(null, LOST, new Metadata()))));
            }
        };
    }

    private static ServerCall.Listener<byte[]> refused(ServerCall<byte[], byte[]> call) {
        call.close(Status.UNIMPLEMENTED, new Metadata());
        return new ServerCall.Listener<>() {};
    }

    /** Forwards each message immediately, in both directions. */
    private ServerCall.Listener<byte[]> relayed(ServerCall<byte[], byte[]> call, Metadata headers) {
        ClientCall<byte[], byte[]> onward = participant.newCall(call.getMethodDescriptor(), CallOptions.DEFAULT);
        onward.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onHeaders(Metadata answered) {
                        call.sendHeaders(answered);
                    }

                    @Override
                    public void onMessage(byte[] answer) {
                        call.sendMessage(answer);
                        onward.request(1);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        call.close(status, trailers);
                    }
                },
                headers);
        onward.request(1);
        call.request(1);
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] request) {
                onward.sendMessage(request);
                call.request(1);
            }

            @Override
            public void onHalfClose() {
                onward.halfClose();
            }

            @Override
            public void onCancel() {
                onward.cancel("the coordinator has cancelled the call", null);
            }
        };
    }

    private static void answer(ServerCall<byte[], byte[]> call, Response answer) {
        if (answer.message() != null) {
            call.sendHeaders(new Metadata());
            call.sendMessage(answer.message().toByteArray());
        }
        call.close(answer.status(), answer.trailers());
    }

    private CompletableFuture<Response> delivered(
            MethodDescriptor<byte[], byte[]> method, Metadata headers, byte[] request) {
        CompletableFuture<Response> answer = new CompletableFuture<>();
        Metadata copy = new Metadata();
        copy.merge(headers);
        ClientCall<byte[], byte[]> call = participant.newCall(method, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    private @Nullable ByteString message;

                    @Override
                    public void onMessage(byte[] read) {
                        message = ByteString.copyFrom(read);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        answer.complete(new Response(message, status, trailers));
                    }
                },
                copy);
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
        return answer;
    }

    @Override
    public void close() {
        server.shutdownNow();
        participant.shutdownNow();
    }
}
