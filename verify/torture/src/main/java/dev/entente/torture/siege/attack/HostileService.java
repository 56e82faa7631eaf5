package dev.entente.torture.siege.attack;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.RawMessage;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.reflection.v1.FileDescriptorResponse;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A participant over gRPC that answers without a request, too much, or not at all. Thread-safe. */
final class HostileService extends HandlerRegistry {
    private static final int FILE_BYTES = 1 << 20;
    private static final int LARGE_BYTES = 3 << 20;
    private static final int STRANGE_ANSWERS = 2000;
    private static final int VARIANTS = 4;

    private final List<ServerServiceDefinition> definitions;

    private final Runnable onCall;

    private HostileService(List<ServerServiceDefinition> definitions, Runnable onCall) {
        this.definitions = definitions;
        this.onCall = onCall;
    }

    /** Answers calls of every method, one by one. */
    static HostileService answers(Runnable onCall) {
        return new HostileService(List.of(), onCall);
    }

    /** Answers calls over the stream, too. */
    static HostileService streams(Runnable onCall) {
        return new HostileService(List.of(new Answering(onCall).bindService()), onCall);
    }

    /** Describes itself by descriptor files that each require another file. */
    static HostileService reflection(Runnable onCall) {
        return new HostileService(List.of(new Describing(onCall).bindService()), onCall);
    }

    List<ServerServiceDefinition> definitions() {
        return definitions;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
        if (name.startsWith("entente.") || name.startsWith("grpc.reflection.")) {
            return null; // not implemented
        }
        return ServerMethodDefinition.create(bytes(name, MethodType.UNARY), (call, headers) -> new Rude(call, onCall));
    }

    private static MethodDescriptor<byte[], byte[]> bytes(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(name)
                .setRequestMarshaller(RawMessage.MARSHALLER)
                .setResponseMarshaller(RawMessage.MARSHALLER)
                .build();
    }

    private static final class Rude extends ServerCall.Listener<byte[]> {
        private final ServerCall<byte[], byte[]> call;

        Rude(ServerCall<byte[], byte[]> call, Runnable onCall) {
            this.call = call;
            onCall.run();
            call.request(1);
        }

        @Override
        public void onHalfClose() {
            Metadata trailers = new Metadata();
            switch (ThreadLocalRandom.current().nextInt(VARIANTS)) {
                case 0 -> {
                    call.sendHeaders(new Metadata());
                    call.sendMessage(new byte[LARGE_BYTES]);
                    call.close(Status.OK, trailers);
                }
                case 1 -> {
                    trailers.put(Metadata.Key.of("x-large", Metadata.ASCII_STRING_MARSHALLER), "a".repeat(200_000));
                    call.close(Status.INTERNAL, trailers);
                }
                case 2 -> call.close(Status.INTERNAL.withDescription("\u001b[2J\n" + "ä".repeat(100_000)), trailers);
                default -> {
                    // never answers
                }
            }
        }
    }

    private static final class Describing extends ServerReflectionGrpc.ServerReflectionImplBase {
        private final AtomicInteger files = new AtomicInteger();
        private final Runnable onCall;

        Describing(Runnable onCall) {
            this.onCall = onCall;
        }

        @Override
        public StreamObserver<ServerReflectionRequest> serverReflectionInfo(
                StreamObserver<ServerReflectionResponse> answers) {
            return new Asked<>(answers, _ -> {
                onCall.run();
                int number = files.incrementAndGet();
                ByteString file = FileDescriptorProto.newBuilder()
                        .setName("f" + number + ".proto")
                        .setPackage("p" + "x".repeat(FILE_BYTES))
                        .addDependency("f" + (number + 1) + ".proto")
                        .build()
                        .toByteString();
                return ServerReflectionResponse.newBuilder()
                        .setFileDescriptorResponse(
                                FileDescriptorResponse.newBuilder().addFileDescriptorProto(file))
                        .build();
            });
        }
    }

    /** Answers each message until the coordinator closes the stream. */
    private record Asked<Q, R>(StreamObserver<R> answers, Function<Q, R> answer) implements StreamObserver<Q> {
        @Override
        public void onNext(Q question) {
            answers.onNext(answer.apply(question));
        }

        @Override
        public void onError(Throwable gone) {
            // The coordinator has closed the stream.
        }

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    private static final class Answering extends ParticipantServiceGrpc.ParticipantServiceImplBase {
        private final Runnable onCall;

        Answering(Runnable onCall) {
            this.onCall = onCall;
        }

        @Override
        public StreamObserver<ExecuteRequest> execute(StreamObserver<ExecuteResponse> answers) {
            return new Asked<>(answers, request -> {
                onCall.run();
                ExecuteResponse.Builder strange = ExecuteResponse.newBuilder();
                for (int i = 0; i < STRANGE_ANSWERS; i++) {
                    strange.addAnswers(BranchAnswer.newBuilder()
                            .setId(ThreadLocalRandom.current().nextLong())
                            .setCode(i));
                }
                request.getCallsList().forEach(call -> {
                    strange.addAnswers(BranchAnswer.newBuilder()
                            .setId(call.getId())
                            .setCode(13)
                            .setMessage("\u001b[2J\n".repeat(1000)));
                    strange.addAnswers(BranchAnswer.newBuilder()
                            .setId(call.getId())
                            .setPayload(ByteString.copyFrom(new byte[1000])));
                });
                return strange.build();
            });
        }
    }
}
