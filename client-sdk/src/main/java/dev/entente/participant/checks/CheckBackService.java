package dev.entente.participant.checks;

import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.CheckBack;
import dev.entente.v1.CheckRequest;
import dev.entente.v1.CheckResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * The service {@code entente.v1.ParticipantService/Check}. It answers coordinators that ask for the outcome of a
 * message's local transaction.
 *
 * <p>{@code ParticipantWiring.checkBack} serves it. {@code ParticipantStream} implements the same gRPC service: a
 * server without {@code ParticipantWiring} must pass this service to {@code ParticipantStream.Builder.addService}.
 * Thread-safe; blocks.
 */
public final class CheckBackService extends ParticipantServiceGrpc.ParticipantServiceImplBase {
    private final CheckBack checks;

    private CheckBackService(CheckBack checks) {
        this.checks = checks;
    }

    /**
     * Answers from the table {@code entente_barrier}.
     *
     * @param dataSource the primary of the database in which local transactions run
     */
    public static CheckBackService of(Barrier barrier, DataSource dataSource) {
        return new CheckBackService(CheckBack.of(barrier, dataSource));
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
        String asking = Branch.current().map(Branch::gid).orElse("");
        String asked = request.getGid();
        if (!asked.isEmpty() && !asking.isEmpty() && !asked.equals(asking)) {
            answer.onError(Status.PERMISSION_DENIED
                    .withDescription("gid: a transaction can ask only about its own message")
                    .asRuntimeException());
            return;
        }
        String gid = asked.isEmpty() ? asking : asked;
        if (gid.isEmpty()) {
            answer.onError(Status.INVALID_ARGUMENT
                    .withDescription("gid: the gid of the message is missing")
                    .asRuntimeException());
            return;
        }
        try {
            checks.check(gid);
            answer.onNext(CheckResponse.getDefaultInstance());
            answer.onCompleted();
        } catch (BranchException exception) {
            answer.onError(exception.asStatus());
        } catch (SQLException broken) {
            answer.onError(Status.UNAVAILABLE
                    .withDescription("the database did not respond")
                    .withCause(broken)
                    .asRuntimeException());
        }
    }
}
