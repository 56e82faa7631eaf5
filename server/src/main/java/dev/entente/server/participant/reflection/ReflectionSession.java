package dev.entente.server.participant.reflection;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One reflection session with a participant: v1, else v1alpha, which has the same wire format. The participant chooses
 * how much data it sends, and the data grows many times when it is parsed. Therefore the session has limits of time,
 * bytes, files and descriptors. The session ends with its gRPC context. Every method blocks for up to some seconds: use
 * virtual threads. Not thread-safe.
 */
public final class ReflectionSession {
    static final Duration LONGEST = Duration.ofSeconds(10);
    static final int MAX_BYTES = 4 << 20;
    static final int MAX_FILES = 1_000;
    /** Messages, fields, enums, their values, services, methods, extensions, and their options. */
    static final int MAX_ELEMENTS = 100_000;
    /** A participant without a response for this time is unreachable. */
    private static final int SILENCE_SECONDS = 5;

    private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1 =
            ServerReflectionGrpc.getServerReflectionInfoMethod();
    private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1ALPHA = V1.toBuilder()
            .setFullMethodName("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
            .build();

    private final Channel channel;
    private final Deadline deadline = Deadline.after(LONGEST.toSeconds(), TimeUnit.SECONDS);
    /** All received files by name. A second file of the same name is ignored. */
    private final Map<String, FileDescriptorProto> reported = new HashMap<>();

    private int bytes;
    private int elements;
    private boolean hasAnswered;
    private MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> version = V1;

    ReflectionSession(Channel channel) {
        this.channel = channel;
    }

    /** Reports that the participant's responses exceed the limits. */
    public static final class Exceeded extends StatusException {
        private static final long serialVersionUID = 1;

        Exceeded(String why) {
            super(Status.RESOURCE_EXHAUSTED.withDescription(why));
        }

        /** Returns the reason, for a sentence about the participant. */
        public String why() {
            return String.valueOf(getStatus().getDescription());
        }
    }

    /** Returns the full names of the participant's services. */
    public List<String> services() throws StatusException {
        ServerReflectionResponse response =
                ask(ServerReflectionRequest.newBuilder().setListServices("").build());
        return response.getListServicesResponse().getServiceList().stream()
                .map(ServiceResponse::getName)
                .toList();
    }

    /** Returns the file that defines a symbol, its imports, and all files that were received before. */
    public DescriptorFiles filesOf(String symbol) throws StatusException, DescriptorValidationException {
        read(ask(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol(symbol)
                .build()));
        for (String name = missing(); name != null; name = missing()) {
            read(ask(
                    ServerReflectionRequest.newBuilder().setFileByFilename(name).build()));
            if (!reported.containsKey(name)) {
                throw Status.NOT_FOUND
                        .withDescription("its reflection does not return the file " + name)
                        .asException();
            }
        }
        return new DescriptorFiles(reported);
    }

    /** Returns the name of an imported file that was not received yet; null if there is none. */
    private @Nullable String missing() {
        return reported.values().stream()
                .flatMap(file -> file.getDependencyList().stream())
                .filter(name -> !reported.containsKey(name))
                .findFirst()
                .orElse(null);
    }

    private void read(ServerReflectionResponse response) throws StatusException {
        try {
            for (ByteString file : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
                take(FileDescriptorProto.parseFrom(file));
            }
        } catch (InvalidProtocolBufferException e) {
            throw Status.DATA_LOSS
                    .withDescription("its descriptors cannot be read")
                    .withCause(e)
                    .asException();
        }
    }

    private void take(FileDescriptorProto file) throws Exceeded {
        if (reported.putIfAbsent(file.getName(), file) != null) {
            return;
        }
        bytes += file.getSerializedSize();
        elements += DescriptorFiles.elementsOf(file);
        if (reported.size() > MAX_FILES || bytes > MAX_BYTES || elements > MAX_ELEMENTS) {
            throw new Exceeded("its descriptors are larger than " + (MAX_BYTES >> 20) + " MiB, " + MAX_FILES
                    + " files or " + MAX_ELEMENTS + " elements");
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

    /** Sends a request in its own call, which ends after the first response; further responses are ignored. */
    private ServerReflectionResponse exchange(ServerReflectionRequest request) throws StatusException {
        BlockingClientCall<ServerReflectionRequest, ServerReflectionResponse> call =
                ClientCalls.blockingBidiStreamingCall(
                        channel,
                        version,
                        CallOptions.DEFAULT.withDeadline(forQuestion()).withMaxInboundMessageSize(MAX_BYTES));
        try {
            var _ = call.write(request);
            call.halfClose();
            ServerReflectionResponse first = call.read();
            if (first == null) {
                throw Status.INTERNAL
                        .withDescription("reflection ended without a response")
                        .asException();
            }
            hasAnswered = true;
            return first;
        } catch (StatusException e) {
            var _ = forQuestion(); // throws if the total time has passed
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asException();
        } finally {
            call.cancel("the first response is enough", null);
        }
    }

    /**
     * Returns the deadline of the next response.
     *
     * @throws Exceeded if the total time has passed, although the participant has responded before
     */
    private Deadline forQuestion() throws StatusException {
        if (deadline.isExpired() && !hasAnswered) {
            throw Status.DEADLINE_EXCEEDED
                    .withDescription("there is no response")
                    .asException();
        } else if (deadline.isExpired()) {
            throw new Exceeded("its reflection takes longer than " + LONGEST.toSeconds() + " s");
        }
        return deadline.minimum(Deadline.after(SILENCE_SECONDS, TimeUnit.SECONDS));
    }
}
