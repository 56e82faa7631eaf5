package dev.entente.faults.participant;

import dev.entente.participant.Branch;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import torture.v1.Behaviour;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/** The ledger's calls, with trouble where it is asked for. Thread-safe. */
final class LedgerService extends LedgerServiceGrpc.LedgerServiceImplBase {
    /** Statuses by which nobody can tell whether the work was done. */
    private static final List<Status> BABBLE = List.of(
            Status.INTERNAL,
            Status.DATA_LOSS,
            Status.UNKNOWN,
            Status.ABORTED,
            Status.RESOURCE_EXHAUSTED,
            Status.CANCELLED);

    private final Bank bank;
    private volatile Behaviour behaviour = Behaviour.getDefaultInstance();

    LedgerService(Bank bank) {
        this.bank = bank;
    }

    /** What a call does in its database. */
    private interface Work {
        MoveResponse run() throws SQLException;
    }

    @Override
    public void move(MoveRequest request, StreamObserver<MoveResponse> answer) {
        answer(request, answer, () -> bank.move(request));
    }

    @Override
    public void draw(MoveRequest request, StreamObserver<MoveResponse> answer) {
        MoveRequest back = request.toBuilder().setCents(-request.getCents()).build();
        answer(request, answer, () -> bank.move(back));
    }

    @Override
    public void settle(MoveRequest request, StreamObserver<MoveResponse> answer) {
        answer(request, answer, () -> bank.settle(request));
    }

    @Override
    public void quote(MoveRequest request, StreamObserver<MoveResponse> answer) {
        answer(request, answer, bank::quote);
    }

    @Override
    public void behave(Behaviour request, StreamObserver<Behaviour> answer) {
        behaviour = request;
        answer.onNext(request);
        answer.onCompleted();
    }

    private void answer(MoveRequest request, StreamObserver<MoveResponse> observer, Work work) {
        Branch branch = Branch.required();
        CallLog.arrived(branch, request);
        Behaviour now = behaviour;
        try {
            pause(request.getDelayMs() + now.getDelayMs());
            if (branch.attempt() <= request.getFailTimes()) {
                throw Status.UNAVAILABLE.withDescription("fails on request").asRuntimeException();
            }
            MoveResponse done = work.run();
            if (now.getMute()) {
                return; // the caller's deadline closes the call
            }
            if (now.getBabble()) {
                throw babble();
            }
            if (branch.attempt() <= request.getLoseAnswers()) {
                throw Status.UNAVAILABLE
                        .withDescription("the answer is lost on request")
                        .asRuntimeException();
            }
            observer.onNext(done);
            observer.onCompleted();
        } catch (StatusRuntimeException no) {
            observer.onError(no);
        } catch (SQLException broken) {
            // Unknown to the caller: it calls again.
            observer.onError(Status.UNAVAILABLE
                    .withDescription(String.valueOf(broken.getMessage()))
                    .withCause(broken)
                    .asRuntimeException());
        }
    }

    private static void pause(int millis) {
        if (millis <= 0) {
            return;
        }
        try {
            Thread.sleep(Duration.ofMillis(millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asRuntimeException();
        }
    }

    private static StatusRuntimeException babble() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] noise = new byte[64];
        random.nextBytes(noise);
        Metadata trailers = new Metadata();
        trailers.put(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER), noise);
        return BABBLE.get(random.nextInt(BABBLE.size()))
                .withDescription("babble \u0000 \uD83D\uDCA5")
                .asRuntimeException(trailers);
    }
}
