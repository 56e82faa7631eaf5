package dev.entente.participant.wiring;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A service whose one method runs the handler of the test. */
final class DebitService extends AccountServiceGrpc.AccountServiceImplBase {
    private final Handler handler;

    /** The body of the method. */
    interface Handler {
        FreezeResponse run() throws Exception;
    }

    DebitService(Handler handler) {
        this.handler = handler;
    }

    @Override
    public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
        try {
            answer.onNext(handler.run());
            answer.onCompleted();
        } catch (RuntimeException thrown) {
            throw thrown;
        } catch (Exception unknown) {
            answer.onError(Status.UNAVAILABLE
                    .withDescription(unknown.getMessage())
                    .withCause(unknown)
                    .asRuntimeException());
        }
    }

    /** Inserts one debit, as the body of every call. */
    static FreezeResponse debit(Connection connection) throws SQLException {
        try (Statement insert = connection.createStatement()) {
            insert.execute("insert into debit values (1)");
        }
        return FreezeResponse.newBuilder().setFreezeId("f-1").build();
    }
}
