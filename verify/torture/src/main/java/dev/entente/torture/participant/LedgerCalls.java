package dev.entente.torture.participant;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import torture.v1.Behaviour;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/** The execution of all calls of both protocols, with the faults that a call or the run requests. Thread-safe. */
final class LedgerCalls {
    /** Statuses that leave open whether the work was done. */
    private static final List<Status> BABBLE = List.of(
            Status.INTERNAL,
            Status.DATA_LOSS,
            Status.UNKNOWN,
            Status.ABORTED,
            Status.RESOURCE_EXHAUSTED,
            Status.CANCELLED);

    private volatile Behaviour behaviour = Behaviour.getDefaultInstance();

    /** The work of a call in its database. */
    interface Work {
        MoveResponse run() throws SQLException;
    }

    /** Sets the behaviour of all following calls. */
    void behave(Behaviour now) {
        behaviour = now;
    }

    /**
     * Executes the current branch's call, and logs the call and its answer. Blocks.
     *
     * @return the answer; empty for no answer until the caller's timeout
     * @throws StatusRuntimeException the answer if the call fails
     * @throws BranchException the answer if the call fails
     */
    Optional<MoveResponse> answer(MoveRequest request, Work work) {
        Branch branch = Branch.required();
        LedgerCallLog.arrived(branch, request);
        try {
            Optional<MoveResponse> done = carryOut(branch, request, work);
            done.ifPresent(_ -> LedgerCallLog.answered(branch, OutcomeNames.OK));
            return done;
        } catch (BranchException no) {
            LedgerCallLog.answered(branch, OutcomeNames.of(no));
            throw no;
        } catch (StatusRuntimeException no) {
            LedgerCallLog.answered(branch, OutcomeNames.of(no.getStatus()));
            throw no;
        }
    }

    private Optional<MoveResponse> carryOut(Branch branch, MoveRequest request, Work work) {
        Behaviour now = behaviour;
        pause(request.getDelayMs() + now.getDelayMs());
        if (branch.attempt() <= request.getFailTimes()) {
            throw Status.UNAVAILABLE.withDescription("fails on request").asRuntimeException();
        }
        MoveResponse done = done(work);
        if (now.getMute()) {
            return Optional.empty();
        }
        if (now.getBabble()) {
            throw babble();
        }
        if (branch.attempt() <= request.getLoseAnswers()) {
            throw Status.UNAVAILABLE
                    .withDescription("the response is lost on request")
                    .asRuntimeException();
        }
        return Optional.of(done);
    }

    /** Does the work. After a database error the caller gets an unknown outcome, and calls again. */
    private static MoveResponse done(Work work) {
        try {
            return work.run();
        } catch (SQLException broken) {
            throw Status.UNAVAILABLE
                    .withDescription(String.valueOf(broken.getMessage()))
                    .withCause(broken)
                    .asRuntimeException();
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
