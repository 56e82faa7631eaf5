package dev.entente.faults.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.wire.RawMessage;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Every method of Entente's own that a coordinator serves, as its reflection tells them: what is added later is found
 * too. For one thread.
 */
final class Rpcs {
    private static final String OURS = "entente.";
    private static final int PATIENCE_SECONDS = 20;

    private final Channel channel;
    private final Map<String, FileDescriptor> files = new HashMap<>();

    private Rpcs(Channel channel) {
        this.channel = channel;
    }

    /** Asks the coordinator. Blocks. */
    static List<Rpc> of(Channel channel) throws Exception {
        Rpcs rpcs = new Rpcs(channel);
        List<Rpc> found = new ArrayList<>();
        for (String service : rpcs.services()) {
            rpcs.add(service, found);
        }
        return List.copyOf(found);
    }

    private List<String> services() throws Exception {
        return ask(ServerReflectionRequest.newBuilder().setListServices("").build())
                .getListServicesResponse()
                .getServiceList()
                .stream()
                .map(service -> service.getName())
                .filter(name -> name.startsWith(OURS))
                .toList();
    }

    private void add(String service, List<Rpc> found) throws Exception {
        FileDescriptor file = load(ask(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol(service)
                .build()));
        var descriptor = file.findServiceByName(service.substring(service.lastIndexOf('.') + 1));
        for (var method : descriptor.getMethods()) {
            found.add(new Rpc(
                    MethodDescriptor.<byte[], byte[]>newBuilder()
                            .setType(type(method.isClientStreaming(), method.isServerStreaming()))
                            .setFullMethodName(MethodDescriptor.generateFullMethodName(service, method.getName()))
                            .setRequestMarshaller(RawMessage.MARSHALLER)
                            .setResponseMarshaller(RawMessage.MARSHALLER)
                            .build(),
                    method.getInputType()));
        }
    }

    private static MethodType type(boolean manyRequests, boolean manyResponses) {
        if (manyRequests) {
            return manyResponses ? MethodType.BIDI_STREAMING : MethodType.CLIENT_STREAMING;
        }
        return manyResponses ? MethodType.SERVER_STREAMING : MethodType.UNARY;
    }

    /** The file that was asked for comes first, and what it needs behind it. */
    private FileDescriptor load(ServerReflectionResponse response) throws Exception {
        List<ByteString> all = response.getFileDescriptorResponse().getFileDescriptorProtoList();
        Map<String, FileDescriptorProto> known = new HashMap<>();
        for (ByteString bytes : all) {
            FileDescriptorProto file = FileDescriptorProto.parseFrom(bytes);
            known.put(file.getName(), file);
        }
        return built(FileDescriptorProto.parseFrom(all.getFirst()), known);
    }

    private FileDescriptor built(FileDescriptorProto file, Map<String, FileDescriptorProto> known)
            throws DescriptorValidationException, InvalidProtocolBufferException {
        FileDescriptor before = files.get(file.getName());
        if (before != null) {
            return before;
        }
        List<FileDescriptor> needed = new ArrayList<>();
        for (String name : file.getDependencyList()) {
            FileDescriptorProto dependency = known.get(name);
            if (dependency == null) {
                throw new InvalidProtocolBufferException(
                        name + " is needed by " + file.getName() + " and was not told");
            }
            needed.add(built(dependency, known));
        }
        FileDescriptor made = FileDescriptor.buildFrom(file, needed.toArray(FileDescriptor[]::new));
        files.put(file.getName(), made);
        return made;
    }

    private ServerReflectionResponse ask(ServerReflectionRequest question) throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        answer.completeExceptionally(thrown);
                    }

                    @Override
                    public void onCompleted() {
                        answer.completeExceptionally(new IllegalStateException("reflection ended without an answer"));
                    }
                });
        questions.onNext(question);
        questions.onCompleted();
        return answer.get();
    }
}
