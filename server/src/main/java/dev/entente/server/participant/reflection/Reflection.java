package dev.entente.server.participant.reflection;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a participant what it offers: reflection v1, else v1alpha, whose messages are the same on the wire. All
 * questions together have one {@link ReflectionBudget}, and end when the gRPC context that they are asked in
 * does. Every method blocks for up to some seconds: for virtual threads. Belongs to one thread.
 */
public final class Reflection {
    private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1 =
            ServerReflectionGrpc.getServerReflectionInfoMethod();
    private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1ALPHA = V1.toBuilder()
            .setFullMethodName("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
            .build();

    private final Channel channel;
    private final ReflectionBudget budget = new ReflectionBudget();
    /** All that it has told, by file name. What it tells of one a second time is passed over. */
    private final Map<String, FileDescriptorProto> told = new HashMap<>();

    private MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> version = V1;

    /** @param credentials sent along */
    public Reflection(Channel channel, Metadata credentials) {
        this.channel = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(credentials));
    }

    /** The full names of its services. */
    public List<String> services() throws StatusException {
        ServerReflectionResponse response =
                ask(ServerReflectionRequest.newBuilder().setListServices("").build());
        return response.getListServicesResponse().getServiceList().stream()
                .map(ServiceResponse::getName)
                .toList();
    }

    /** The file that defines a symbol and all it imports, by file name; and whatever else it has told. */
    public Map<String, FileDescriptorProto> filesOf(String symbol) throws StatusException {
        read(ask(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol(symbol)
                .build()));
        Deque<String> missing = new ArrayDeque<>(missingImports());
        while (!missing.isEmpty()) {
            String name = missing.pop();
            read(ask(
                    ServerReflectionRequest.newBuilder().setFileByFilename(name).build()));
            if (!told.containsKey(name)) {
                throw Status.NOT_FOUND
                        .withDescription("it does not tell its file " + name)
                        .asException();
            }
            missing = new ArrayDeque<>(missingImports());
        }
        return Map.copyOf(told);
    }

    private List<String> missingImports() {
        return told.values().stream()
                .flatMap(file -> file.getDependencyList().stream())
                .filter(name -> !told.containsKey(name))
                .distinct()
                .toList();
    }

    private void read(ServerReflectionResponse response) throws StatusException {
        try {
            for (ByteString bytes : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
                FileDescriptorProto file = FileDescriptorProto.parseFrom(bytes);
                if (!told.containsKey(file.getName())) {
                    budget.take(file);
                    told.put(file.getName(), file);
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw Status.DATA_LOSS
                    .withDescription("its descriptors cannot be read")
                    .withCause(e)
                    .asException();
        }
    }

    private ServerReflectionResponse ask(ServerReflectionRequest request) throws StatusException {
        ServerReflectionResponse response;
        try {
            response = exchange(request);
        } catch (StatusException e) {
            if (version != V1 || e.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
                throw e;
            }
            version = V1ALPHA;
            response = exchange(request);
        }
        if (response.hasErrorResponse()) {
            throw Status.fromCodeValue(response.getErrorResponse().getErrorCode())
                    .withDescription(response.getErrorResponse().getErrorMessage())
                    .asException();
        }
        return response;
    }

    /** Asks on a call of its own, which is over with the first answer, whatever else the participant would send. */
    private ServerReflectionResponse exchange(ServerReflectionRequest request) throws StatusException {
        FirstAnswer answer = new FirstAnswer();
        CallOptions options = CallOptions.DEFAULT
                .withDeadline(budget.forQuestion())
                .withMaxInboundMessageSize(ReflectionBudget.MAX_BYTES);
        StreamObserver<ServerReflectionRequest> requests =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(version, options), answer);
        try {
            requests.onNext(request);
            requests.onCompleted();
            return answer.first.get();
        } catch (ExecutionException e) {
            budget.forQuestion(); // where its time is over, that is why
            throw Status.fromThrowable(e).asException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asException();
        } finally {
            answer.end();
        }
    }

    private static final class FirstAnswer
            implements ClientResponseObserver<ServerReflectionRequest, ServerReflectionResponse> {
        private final CompletableFuture<ServerReflectionResponse> first = new CompletableFuture<>();
        private @Nullable ClientCallStreamObserver<ServerReflectionRequest> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<ServerReflectionRequest> stream) {
            call = stream;
            stream.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(ServerReflectionResponse response) {
            first.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            first.completeExceptionally(error);
        }

        @Override
        public void onCompleted() {
            first.completeExceptionally(Status.INTERNAL
                    .withDescription("reflection ended without an answer")
                    .asException());
        }

        private void end() {
            if (call != null) {
                call.cancel("its first answer is enough", null);
            }
        }
    }
}
