package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes each attempt an item of a stream, one item per stream. */
final class StreamCaller implements AttemptCaller {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    /** Returns whether the participant serves the stream; else coordinators do not use it either. */
    static boolean isServed(Channel channel, Duration patience) {
        try {
            BranchAnswer unused = exchange(channel, ExecuteRequest.getDefaultInstance(), patience);
            return true;
        } catch (StatusRuntimeException failed) {
            return failed.getStatus().getCode() != Status.Code.UNIMPLEMENTED;
        }
    }

    @Override
    public ByteString call(CheckedOperation operation, CheckedCall call, ByteString request, Duration patience) {
        ExecuteRequest message = ExecuteRequest.newBuilder()
                .addCalls(call.item()
                        .setMethod(operation.method())
                        .setPayload(request)
                        .setTimeoutMillis(patience.toMillis()))
                .build();
        BranchAnswer answer = exchange(operation.channel(), message, patience);
        if (answer == null) {
            throw Status.UNKNOWN
                    .withDescription("the stream ended without an answer")
                    .asRuntimeException();
        }
        if (answer.getCode() != 0) {
            throw failure(answer);
        }
        return answer.getPayload();
    }

    private static StatusRuntimeException failure(BranchAnswer answer) {
        Metadata trailers = new Metadata();
        if (!answer.getDetails().isEmpty()) {
            trailers.put(DETAILS, answer.getDetails().toByteArray());
        }
        return Status.fromCodeValue(answer.getCode())
                .withDescription(answer.getMessage())
                .asRuntimeException(trailers);
    }

    /** @return null where the stream ended in order without an answer */
    private static @Nullable BranchAnswer exchange(Channel channel, ExecuteRequest message, Duration patience) {
        Answered answered = new Answered();
        StreamObserver<ExecuteRequest> stream = ParticipantServiceGrpc.newStub(channel)
                .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
                .execute(answered);
        stream.onNext(message);
        stream.onCompleted();
        return answered.await();
    }

    /** Keeps the one answer until the stream has ended. */
    private static final class Answered implements StreamObserver<ExecuteResponse> {
        private final CompletableFuture<@Nullable BranchAnswer> end = new CompletableFuture<>();
        private @Nullable BranchAnswer answer;

        @Override
        public void onNext(ExecuteResponse response) {
            if (response.getAnswersCount() > 0) {
                answer = response.getAnswers(0);
            }
        }

        @Override
        public void onError(Throwable broken) {
            end.completeExceptionally(Status.fromThrowable(broken).asRuntimeException());
        }

        @Override
        public void onCompleted() {
            end.complete(answer);
        }

        @Nullable
        BranchAnswer await() {
            try {
                return end.join();
            } catch (CompletionException failed) {
                if (failed.getCause() instanceof StatusRuntimeException status) {
                    throw status;
                }
                throw failed;
            }
        }
    }
}
