package dev.entente.participant.stream;

import static dev.entente.participant.stream.Coordinator.branchCall;
import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stream on a call that the test controls step by step. */
class BranchStreamTest {
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final List<StreamObserver<FreezeResponse>> held = new ArrayList<>();
    private final SteppedCall call = new SteppedCall();
    private final ServerCall.Listener<ExecuteRequest> stream = BranchStream.open(
            call,
            new Metadata(),
            new ParticipantStream.Terms(
                    new ServedMethods(List.of(new Holding().bindService()), List.of(), null),
                    Runnable::run,
                    clock,
                    1,
                    1 << 20));

    @AfterEach
    void stop() {
        clock.shutdownNow();
    }

    @Test
    void a_paused_stream_reads_again_after_its_answers_are_written() {
        stream.onMessage(ExecuteRequest.newBuilder()
                .addCalls(branchCall(1, "TryFreeze", FreezeRequest.getDefaultInstance()))
                .addCalls(branchCall(2, "TryFreeze", FreezeRequest.getDefaultInstance()))
                .build());
        assertThat(call.requested).as("one is held, one refused").isEqualTo(1);

        // A handler's thread writes both answers. gRPC reports that more can be written before this thread has counted
        // its answers as written.
        call.isReady = true;
        call.onSent = stream::onReady;
        held.get(0).onNext(FreezeResponse.getDefaultInstance());
        held.get(0).onCompleted();

        assertThat(call.answered).isEqualTo(2);
        assertThat(call.requested).isEqualTo(2);
    }

    private final class Holding extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
            held.add(answer);
        }
    }

    private static final class SteppedCall extends ServerCall<ExecuteRequest, ExecuteResponse> {
        private int requested;
        private int answered;
        private boolean isReady;
        private Runnable onSent = () -> {};

        @Override
        public void request(int messages) {
            requested += messages;
        }

        @Override
        public void sendHeaders(Metadata headers) {}

        @Override
        public void sendMessage(ExecuteResponse message) {
            answered += message.getAnswersCount();
            onSent.run();
        }

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public void close(Status status, Metadata trailers) {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public MethodDescriptor<ExecuteRequest, ExecuteResponse> getMethodDescriptor() {
            return ParticipantServiceGrpc.getExecuteMethod();
        }
    }
}
