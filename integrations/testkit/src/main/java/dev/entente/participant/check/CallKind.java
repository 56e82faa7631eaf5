package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.participant.stream.ItemMetadata;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A kind of call from a coordinator to a participant. */
public enum CallKind {
    /** A separate call. */
    UNARY(""),
    /** A call in the stream that {@code ParticipantStream} serves. */
    STREAM(" over the stream");

    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    /** Sends only one item, so that a stream of answers is sufficient. */
    private static final MethodDescriptor<ExecuteRequest, ExecuteResponse> EXECUTE =
            ParticipantServiceGrpc.getExecuteMethod().toBuilder()
                    .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                    .build();

    private final String suffix;

    CallKind(String suffix) {
        this.suffix = suffix;
    }

    /** Returns the suffix of a branch's name, for people. */
    String suffix() {
        return suffix;
    }

    /** Returns whether the participant serves the stream. Otherwise coordinators do not use the stream either. */
    static boolean isStreamServed(Channel channel, Duration timeout) {
        if (channel instanceof HttpChannel) {
            return false;
        }
        try {
            Optional<BranchAnswer> unused = exchange(channel, ExecuteRequest.getDefaultInstance(), timeout);
            return true;
        } catch (StatusRuntimeException failed) {
            return failed.getStatus().getCode() != Status.Code.UNIMPLEMENTED;
        }
    }

    /**
     * Makes one attempt, and waits for the answer.
     *
     * @param identity of the call's branch
     * @throws StatusRuntimeException for every answer but OK, and for a timeout
     */
    ByteString call(CheckedOperation operation, BranchCall identity, ByteString request, Duration timeout) {
        return this == UNARY
                ? unary(operation, identity, request, timeout)
                : streamed(operation, identity, request, timeout);
    }

    private static ByteString unary(
            CheckedOperation operation, BranchCall identity, ByteString request, Duration timeout) {
        Metadata headers = ItemMetadata.of(new Metadata(), identity);
        if (operation.channel() instanceof HttpChannel http) {
            return http.call(operation.method(), headers, request, timeout);
        }
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(operation.method())
                .setRequestMarshaller(RawMessage.MARSHALLER)
                .setResponseMarshaller(RawMessage.MARSHALLER)
                .build();
        return ByteString.copyFrom(ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(operation.channel(), MetadataUtils.newAttachHeadersInterceptor(headers)),
                method,
                within(timeout),
                request.toByteArray()));
    }

    private static ByteString streamed(
            CheckedOperation operation, BranchCall identity, ByteString request, Duration timeout) {
        ExecuteRequest message = ExecuteRequest.newBuilder()
                .addCalls(identity.toBuilder()
                        .setMethod(operation.method())
                        .setPayload(request)
                        .setTimeoutMillis(timeout.toMillis()))
                .build();
        BranchAnswer answer = exchange(operation.channel(), message, timeout)
                .orElseThrow(() -> Status.UNKNOWN
                        .withDescription("the stream ended without a response")
                        .asRuntimeException());
        if (answer.getCode() == 0) {
            return answer.getPayload();
        }
        Metadata trailers = new Metadata();
        if (!answer.getDetails().isEmpty()) {
            trailers.put(DETAILS, answer.getDetails().toByteArray());
        }
        throw Status.fromCodeValue(answer.getCode())
                .withDescription(answer.getMessage())
                .asRuntimeException(trailers);
    }

    /** Returns the answer after the end of the stream; empty if the stream ended normally without one. */
    private static Optional<BranchAnswer> exchange(Channel channel, ExecuteRequest message, Duration timeout) {
        Iterator<ExecuteResponse> responses =
                ClientCalls.blockingServerStreamingCall(channel, EXECUTE, within(timeout), message);
        List<BranchAnswer> answers = new ArrayList<>();
        responses.forEachRemaining(response -> answers.addAll(response.getAnswersList()));
        return answers.stream().findFirst();
    }

    private static CallOptions within(Duration timeout) {
        return CallOptions.DEFAULT.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
