package dev.entente.stories.miswiring;

import dev.entente.rig.SqlDatabase;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.ChargeRequest;
import shop.v1.ChargeResponse;
import shop.v1.PaymentServiceGrpc;

/**
 * A service with one method, which the test supplies. Requests contain the gid as their account, because a wrong wiring
 * may not know the gid of its call.
 */
final class MiswiredCharge extends PaymentServiceGrpc.PaymentServiceImplBase {
    static final ChargeResponse NOTHING = ChargeResponse.getDefaultInstance();

    private final Handler handler;

    /** The body of the method. */
    interface Handler {
        ChargeResponse charge(String gid) throws Exception;
    }

    MiswiredCharge(Handler handler) {
        this.handler = handler;
    }

    @Override
    public void charge(ChargeRequest request, StreamObserver<ChargeResponse> answer) {
        try {
            answer.onNext(handler.charge(request.getAccount()));
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

    /** Executes one debit, like every body does. */
    static ChargeResponse debit(Connection connection, String gid) throws SQLException {
        SqlDatabase.update(connection, "insert into debit (gid) values (?)", gid);
        return ChargeResponse.newBuilder().setPaymentId("p-" + gid).build();
    }
}
