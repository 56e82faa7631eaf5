package dev.entente.server.participant;

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
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks a participant what it offers: reflection v1, else v1alpha, whose messages are the same on the wire. Every method
 * blocks for up to some seconds: for virtual threads. Belongs to one thread.
 */
final class Reflection {
    private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1 =
            ServerReflectionGrpc.getServerReflectionInfoMethod();
    private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1ALPHA = V1.toBuilder()
            .setFullMethodName("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
            .build();
    private static final int TIMEOUT_SECONDS = 5;
    /** A participant whose files import each other without end is none of ours. */
    private static final int MAX_FILES = 1_000;

    private final Channel channel;
    private MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> version = V1;

    /** @param credentials sent along */
    Reflection(Channel channel, Metadata credentials) {
        this.channel = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(credentials));
    }

    /** The full names of its services. */
    List<String> services() throws StatusException {
        ServerReflectionResponse response =
                ask(ServerReflectionRequest.newBuilder().setListServices("").build());
        return response.getListServicesResponse().getServiceList().stream()
                .map(ServiceResponse::getName)
                .toList();
    }

    /** The file that defines a symbol and all it imports, by file name. */
    Map<String, FileDescriptorProto> filesOf(String symbol) throws StatusException {
        Map<String, FileDescriptorProto> files = new HashMap<>();
        read(
                ask(ServerReflectionRequest.newBuilder()
                        .setFileContainingSymbol(symbol)
                        .build()),
                files);
        Deque<String> missing = new ArrayDeque<>(missingImports(files));
        while (!missing.isEmpty() && files.size() < MAX_FILES) {
            String name = missing.pop();
            read(
                    ask(ServerReflectionRequest.newBuilder()
                            .setFileByFilename(name)
                            .build()),
                    files);
            if (!files.containsKey(name)) {
                throw Status.NOT_FOUND
                        .withDescription("it does not tell its file " + name)
                        .asException();
            }
            missing = new ArrayDeque<>(missingImports(files));
        }
        return files;
    }

    private static List<String> missingImports(Map<String, FileDescriptorProto> files) {
        return files.values().stream()
                .flatMap(file -> file.getDependencyList().stream())
                .filter(name -> !files.containsKey(name))
                .distinct()
                .toList();
    }

    private static void read(ServerReflectionResponse response, Map<String, FileDescriptorProto> files)
            throws StatusException {
        try {
            for (ByteString bytes : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
                FileDescriptorProto file = FileDescriptorProto.parseFrom(bytes);
                files.put(file.getName(), file);
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

    private ServerReflectionResponse exchange(ServerReflectionRequest request) throws StatusException {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> requests = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(version, CallOptions.DEFAULT.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)),
                new FirstAnswer(answer));
        requests.onNext(request);
        requests.onCompleted();
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw Status.fromThrowable(e).asException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asException();
        }
    }

    private record FirstAnswer(CompletableFuture<ServerReflectionResponse> answer)
            implements StreamObserver<ServerReflectionResponse> {
        @Override
        public void onNext(ServerReflectionResponse response) {
            answer.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            answer.completeExceptionally(error);
        }

        @Override
        public void onCompleted() {
            answer.completeExceptionally(Status.INTERNAL
                    .withDescription("reflection ended without an answer")
                    .asException());
        }
    }
}
