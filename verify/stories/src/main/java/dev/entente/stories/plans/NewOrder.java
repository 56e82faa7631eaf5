package dev.entente.stories.plans;

import dev.entente.client.Entente;
import dev.entente.client.Message;
import dev.entente.rig.SqlDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import shop.v1.AddPointsRequest;
import shop.v1.PointsServiceGrpc;
import shop.v1.ReserveRequest;
import shop.v1.StockServiceGrpc;

/**
 * An order in the client's own database, with a message to stock and points. Both are committed, or neither.
 *
 * @param gid the gid of the message and the id of the order
 */
public record NewOrder(String gid, String account) {
    /** A client on an overloaded machine needs seconds between this message and its local transaction. */
    private static final Duration ASK_BACK_AFTER = Duration.ofSeconds(5);

    /** Returns the message, not yet begun. */
    public Message message(Entente entente) {
        ReserveRequest reserve =
                ReserveRequest.newBuilder().setSku("A-2").setQuantity(1).build();
        AddPointsRequest points =
                AddPointsRequest.newBuilder().setAccount(account).setPoints(1).build();
        return SaleSaga.usual(entente.message("order-created"), gid)
                .label("account", account)
                .to(entente.participant("stock").call(StockServiceGrpc.getReserveMethod(), reserve))
                .to(entente.participant("points").call(PointsServiceGrpc.getAddMethod(), points))
                .checkBack(entente.participant("order"), ASK_BACK_AFTER);
    }

    /** Inserts the order in the connection's transaction, and returns the number of rows. */
    public int insert(Connection connection) throws SQLException {
        String sql =
                "insert into orders (id, account, sku, quantity, cents, state) values (?, ?, 'A-2', 1, 100, 'CREATED')";
        return SqlDatabase.update(connection, sql, gid, account);
    }
}
