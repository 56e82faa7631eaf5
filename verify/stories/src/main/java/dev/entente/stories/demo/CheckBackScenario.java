package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import dev.entente.rig.Worker;
import dev.entente.stories.judge.Law;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** A scenario of orders with messages: a client is killed at each point, from before the begin to after the commit. */
final class CheckBackScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "check-back",
                    ShopService.STOCK,
                    "A client writes an order to its own database, and a message reports the order to stock and points."
                            + " The client is killed at each point in between. The coordinator asks the order service"
                            + " whether the order exists, and delivers the message only if the order exists.",
                    CheckBackScenario::play)
            .with(ShopService.ORDER, ShopService.STOCK, ShopService.PAYMENT, ShopService.POINTS, ShopService.ACCOUNT);

    private CheckBackScenario() {}

    private static void play(ScenarioRun play) throws Exception {
        String coordinator = play.stage().coordinator().ready().grpc();
        String orders = play.databases().of(ShopService.ORDER).url();
        for (OrderClient.Point point : OrderClient.Point.values()) {
            Worker client = play.worker(
                    "client " + point, OrderClient.class, List.of(coordinator, orders, gid(point), point.name()));
            if (point != OrderClient.Point.NOWHERE) {
                client.kill();
                play.killed("client, " + point.text());
            }
        }
        for (OrderClient.Point point : OrderClient.Point.values()) {
            check(play, point);
        }
        play.hold(Law.SHOP);
    }

    private static String gid(OrderClient.Point point) {
        return "demo-check-back-" + point.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void check(ScenarioRun play, OrderClient.Point point) throws SQLException {
        String gid = gid(point);
        boolean lived = point == OrderClient.Point.NOWHERE;
        String clientText = lived ? "the client that was not killed" : "the client that was killed " + point.text();
        play.number(
                clientText + (point.isCommitted() ? " left an" : " left no") + " order",
                point.isCommitted() ? 1 : 0,
                ShopService.ORDER,
                "select count(*) from orders where id = ?",
                gid);
        if (point != OrderClient.Point.BEFORE_BEGIN) {
            play.reported(gid, point.isCommitted() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        }
        play.effects(gid, point.isCommitted() ? List.of("PointsService/Add", "StockService/Reserve") : List.of());
    }
}
