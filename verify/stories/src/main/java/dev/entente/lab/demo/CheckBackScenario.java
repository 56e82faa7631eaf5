package dev.entente.lab.demo;

import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.NewOrder;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Worker;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.postgresql.ds.PGSimpleDataSource;

/** Orders with messages, whose clients die at every point in between. */
final class CheckBackScenario implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "check-back",
                    ShopService.STOCK,
                    "An order stands in its client's own database, and a message tells stock and points of it. The"
                            + " client is killed at every point in between; the coordinator asks the order service what"
                            + " became of it, and the message goes exactly where the order stands.")
            .with(EnumSet.of(
                    ShopService.ORDER,
                    ShopService.STOCK,
                    ShopService.PAYMENT,
                    ShopService.POINTS,
                    ShopService.ACCOUNT));

    private static final String ORDERS = "select count(*) from orders where id = ?";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        long start = System.nanoTime();
        for (OrderClient.Point point : OrderClient.Point.values()) {
            Worker client = stage.playground()
                    .startWorker(
                            "client " + point,
                            OrderClient.class,
                            OrderClient.arguments(
                                    stage.coordinator().ready().grpc(), orders(stage), gid(point), point));
            if (point != OrderClient.Point.NOWHERE) {
                client.kill();
                result.killed("client, " + point.text(), start);
            }
        }
        for (OrderClient.Point point : OrderClient.Point.values()) {
            check(point, stage, result);
        }
        result.checkAll(new ShopInvariants(stage.books()).all());
    }

    private static String gid(OrderClient.Point point) {
        return "demo-check-back-" + point.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String orders(Stage stage) {
        return stage.playground().database().url(ShopService.ORDER.databaseName());
    }

    private static void check(OrderClient.Point point, Stage stage, Result result) throws SQLException {
        Checks checks = new Checks(stage.books(), result);
        String gid = gid(point);
        String who = "the client that was killed " + point.text();
        if (point == OrderClient.Point.NOWHERE) {
            who = "the client that lived";
        }
        checks.number(
                who + (point.isCommitted() ? " left" : " left no") + " order",
                point.isCommitted() ? 1 : 0,
                ShopService.ORDER,
                ORDERS,
                gid);
        if (point == OrderClient.Point.BEFORE_BEGIN) {
            checks.effects(gid);
            return;
        }
        Transaction ended = stage.await(gid);
        result.tell(ended);
        checks.ended(ended, point.isCommitted() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        if (point.isCommitted()) {
            checks.effects(gid, "PointsService/Add", "StockService/Reserve");
        } else {
            checks.effects(gid);
        }
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        PGSimpleDataSource orders = new PGSimpleDataSource();
        orders.setUrl(orders(stage));
        return new CrashWorkload(gids(), (gid, random) -> job(gid, random, orders))
                .truth(this::truth)
                .decisionKillEvery(0);
    }

    /** Some change their mind within their local transaction. */
    private static CrashJob job(String gid, Random random, PGSimpleDataSource orders) {
        NewOrder order = new NewOrder(gid, "alice", Trouble.slow(random));
        boolean isGivenUp = random.nextInt(8) == 0;
        return new CrashJob(gid, Pattern.MESSAGE, NewOrder.DELIVERIES, (entente, accepted) -> {
            if (isMade(order, entente, orders, isGivenUp)) {
                accepted.run();
            }
        });
    }

    private static boolean isMade(NewOrder order, Entente entente, PGSimpleDataSource orders, boolean isGivenUp)
            throws SQLException {
        try {
            order.message(entente).runAndSubmit(orders, connection -> {
                int inserted = order.insert(connection);
                if (isGivenUp) {
                    throw new GivenUp();
                }
                return inserted;
            });
            return true;
        } catch (GivenUp rolledBack) {
            return false;
        }
    }

    /** A client changes its mind. */
    private static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private List<Invariant> truth(Books books) throws SQLException {
        long made = books.number(ShopService.ORDER, "select count(*) from orders where starts_with(id, ?)", gids());
        long told = books.number(
                ShopService.STOCK, "select count(distinct gid) from ledger where starts_with(gid, ?)", gids());
        List<Invariant> all = new ArrayList<>(new ShopInvariants(books).all());
        all.add(new Invariant(
                "as many orders stand as stock was told of",
                made == told,
                made,
                made == told ? "" : made + " orders, told of " + told));
        return all;
    }
}
