package dev.entente.compat;

import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.Rejection;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import kiosk.v1.ChargeRequest;
import kiosk.v1.ChargeResponse;
import kiosk.v1.HandOverRequest;
import kiosk.v1.HandOverResponse;
import kiosk.v1.KeepRequest;
import kiosk.v1.KeepResponse;
import kiosk.v1.KioskServiceGrpc;
import kiosk.v1.RefundRequest;
import kiosk.v1.RefundResponse;

/** The kiosk's service. The barrier protects each call, and each charge has one row. */
final class KioskParticipant extends KioskServiceGrpc.KioskServiceImplBase {
    /** An item that is always sold out. */
    static final String SOLD_OUT = "unicorn";

    private final DataSource dataSource;
    private final Barrier barrier;

    KioskParticipant(DataSource dataSource, Barrier barrier) {
        this.dataSource = dataSource;
        this.barrier = barrier;
    }

    void createTable() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create table charge (gid text primary key, cents bigint not null, state text not null)");
        }
    }

    @Override
    public void charge(ChargeRequest request, StreamObserver<ChargeResponse> answer) {
        barrier.unary(answer, dataSource, ChargeResponse.getDefaultInstance(), connection -> {
            String gid = Branch.required().gid();
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into charge values (?, ?, 'CHARGED')")) {
                insert.setString(1, gid);
                insert.setLong(2, request.getCents());
                insert.executeUpdate();
            }
            return ChargeResponse.newBuilder().setChargeId("charge-" + gid).build();
        });
    }

    @Override
    public void refund(RefundRequest request, StreamObserver<RefundResponse> answer) {
        barrier.unary(answer, dataSource, RefundResponse.getDefaultInstance(), connection -> {
            move(connection, "REFUNDED");
            return RefundResponse.getDefaultInstance();
        });
    }

    @Override
    public void keep(KeepRequest request, StreamObserver<KeepResponse> answer) {
        barrier.unary(answer, dataSource, KeepResponse.getDefaultInstance(), connection -> {
            requireChargeId(request.getChargeId());
            move(connection, "KEPT");
            return KeepResponse.getDefaultInstance();
        });
    }

    @Override
    public void handOver(HandOverRequest request, StreamObserver<HandOverResponse> answer) {
        barrier.unary(answer, dataSource, HandOverResponse.getDefaultInstance(), connection -> {
            requireChargeId(request.getChargeId());
            if (request.getItem().equals(SOLD_OUT)) {
                throw new Rejection("SOLD_OUT", request.getItem());
            }
            move(connection, "HANDED_OVER");
            return HandOverResponse.newBuilder()
                    .setReceipt("receipt-" + Branch.required().gid())
                    .build();
        });
    }

    /** Rejects an id other than the one in the charge's response, which the coordinator copies into this call. */
    private static void requireChargeId(String chargeId) {
        if (!chargeId.equals("charge-" + Branch.required().gid())) {
            throw new Rejection("NOT_CHARGED", "charge_id = '" + chargeId + "'");
        }
    }

    private static void move(Connection connection, String state) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update charge set state = ? where gid = ?")) {
            update.setString(1, state);
            update.setString(2, Branch.required().gid());
            update.executeUpdate();
        }
    }
}
