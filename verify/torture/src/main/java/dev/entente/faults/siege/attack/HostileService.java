package dev.entente.faults.siege.attack;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A participant over gRPC that answers what nobody asked for, too much, or not at all. Thread-safe. */
final class HostileService extends HandlerRegistry {
    private static final int FILE_BYTES = 1 << 20;
    private static final int LARGE_BYTES = 3 << 20;
    private static final int STRANGE_ANSWERS = 2000;
    private static final int WAYS = 4;

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

    /** Describes itself by files of which each needs another one. */
    static HostileService reflection(Runnable onCall) {
        String name = "grpc.reflection.v1.ServerReflection";
        MethodDescriptor<byte[], byte[]> method = bytes(name + "/ServerReflectionInfo", MethodType.BIDI_STREAMING);
        ServerServiceDefinition service = ServerServiceDefinition.builder(name)
                .addMethod(method, ServerCalls.asyncBidiStreamingCall(answers -> new Describing(answers, onCall)))
                .build();
        return new HostileService(List.of(service), onCall);
    }

    List<ServerServiceDefinition> definitions() {
        return definitions;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
        if (name.startsWith("entente.") || name.startsWith("grpc.reflection.")) {
            return null; // Not implemented.
        }
        return ServerMethodDefinition.create(bytes(name, MethodType.UNARY), (call, headers) -> new Rude(call, onCall));
    }

    private static MethodDescriptor<byte[], byte[]> bytes(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(name)
                .setRequestMarshaller(Bytes.MARSHALLER)
                .setResponseMarshaller(Bytes.MARSHALLER)
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
            switch (ThreadLocalRandom.current().nextInt(WAYS)) {
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
                    // Never.
                }
            }
        }
    }

    private static final class Describing implements StreamObserver<byte[]> {
        private static final AtomicInteger FILES = new AtomicInteger();

        private final StreamObserver<byte[]> answers;
        private final Runnable onCall;

        Describing(StreamObserver<byte[]> answers, Runnable onCall) {
            this.answers = answers;
            this.onCall = onCall;
        }

        /** Field 4 of ServerReflectionResponse is a message whose field 1 are files. */
        @Override
        public void onNext(byte[] request) {
            onCall.run();
            int number = FILES.incrementAndGet();
            ByteString file = FileDescriptorProto.newBuilder()
                    .setName("f" + number + ".proto")
                    .setPackage("p" + "x".repeat(FILE_BYTES))
                    .addDependency("f" + (number + 1) + ".proto")
                    .build()
                    .toByteString();
            answers.onNext(Bytes.field(4, Bytes.field(1, file.toByteArray())));
        }

        @Override
        public void onError(Throwable gone) {
            // It has had enough.
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
            return new StreamObserver<>() {
                @Override
                public void onNext(ExecuteRequest request) {
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
                    answers.onNext(strange.build());
                }

                @Override
                public void onError(Throwable gone) {
                    // It has had enough.
                }

                @Override
                public void onCompleted() {
                    answers.onCompleted();
                }
            };
        }
    }
}
