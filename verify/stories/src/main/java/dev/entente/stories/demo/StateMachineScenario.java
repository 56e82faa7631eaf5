package dev.entente.stories.demo;

import static dev.entente.stories.service.LivesWorker.STATES;

import dev.entente.demo.ShopService;
import dev.entente.outbox.Outbox;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Worker;
import dev.entente.statemachine.TransitionRefused;
import dev.entente.stories.service.LivesWorker;
import dev.entente.stories.service.OrderEvent;
import dev.entente.stories.service.WorkerCommand;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** The scenario of orders with guarded states, a history per order, and a receipt in the transaction that pays. */
final class StateMachineScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "state-machine",
                    ShopService.ORDER,
                    "An order is created, paid, shipped and delivered. An event that the order's state does not allow"
                            + " is refused with a reason. Then 200 events reach one order at once. Its row, its history"
                            + " and its receipts must agree.",
                    StateMachineScenario::play)
            .with()
            .killable();

    private static final int EVENTS_AT_ONCE = 200;
    private static final int CONNECTIONS = 40;
    private static final String STEPS = "select count(*) from entente_state_history";
    private static final long STEPS_BETWEEN = 100;

    private StateMachineScenario() {}

    private static void play(ScenarioRun play) throws Exception {
        SqlDatabase orders = play.create("state_machine");
        boolean isFaulty = play.shop().isAnyFaulty();
        STATES.createTables(orders.dataSource());
        Outbox.postgres().createTables(orders.dataSource());
        for (String order : List.of("demo", "rushed")) {
            try (Connection connection = orders.connect()) {
                connection.setAutoCommit(false);
                STATES.create(connection, order);
                connection.commit();
            }
        }
        refused(play, orders, OrderEvent.SHIP);
        happen(orders, "demo", OrderEvent.PAY, isFaulty);
        happen(orders, "demo", OrderEvent.SHIP, isFaulty);
        refused(play, orders, OrderEvent.CANCEL);
        happen(orders, "demo", OrderEvent.DELIVER, isFaulty);
        refused(play, orders, OrderEvent.PAY);
        long done = rush(play, orders, isFaulty);
        play.check(
                "of " + EVENTS_AT_ONCE + " events at once, exactly the accepted ones are the order's history",
                done == orders.number(STEPS + " where id = 'rushed'"),
                EVENTS_AT_ONCE);
        if (play.stage().kills() > 0) {
            live(play, orders, isFaulty);
        }
        check(play, orders);
    }

    private static void happen(SqlDatabase orders, String order, OrderEvent event, boolean isFaulty)
            throws SQLException {
        try (Connection connection = orders.connect()) {
            LivesWorker.happen(connection, order, event, isFaulty);
        }
    }

    private static void refused(ScenarioRun play, SqlDatabase orders, OrderEvent event) throws SQLException {
        try {
            happen(orders, "demo", event, false);
            play.check(event + " is refused", false, 1, "the event was accepted");
        } catch (TransitionRefused refused) {
            play.note("refused: " + refused.getMessage());
        }
    }

    /** Returns how many of the concurrent events happened. */
    private static long rush(ScenarioRun play, SqlDatabase orders, boolean isFaulty) throws Exception {
        Semaphore connections = new Semaphore(CONNECTIONS);
        List<Future<Integer>> events = new ArrayList<>();
        try (ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < EVENTS_AT_ONCE; i++) {
                OrderEvent event = OrderEvent.any(play.random());
                events.add(all.submit(() -> {
                    connections.acquire();
                    try {
                        happen(orders, "rushed", event, isFaulty);
                        return 1;
                    } catch (TransitionRefused refused) {
                        return 0;
                    } finally {
                        connections.release();
                    }
                }));
            }
        }
        long done = 0;
        for (Future<Integer> event : events) {
            done += event.get();
        }
        return done;
    }

    /** Lets two processes apply events while each is killed in turn, and then finishes the open orders. */
    private static void live(ScenarioRun play, SqlDatabase orders, boolean isFaulty) throws Exception {
        List<Worker> workers = new ArrayList<>();
        for (String name : List.of("order events 1", "order events 2")) {
            List<String> arguments =
                    WorkerCommand.arguments(orders, play.random().nextLong(), isFaulty);
            workers.add(play.worker(name, LivesWorker.class, arguments));
        }
        Worker[] killed = workers.toArray(Worker[]::new);
        new Kills(play, 0, () -> orders.number("select count(*)" + LivesWorker.OPEN))
                .of(killed)
                .during("steps of orders", STEPS_BETWEEN, () -> orders.number(STEPS));
        workers.forEach(Worker::kill);
        for (String order : orders.texts("select id" + LivesWorker.OPEN)) {
            try {
                happen(orders, order, OrderEvent.CANCEL, isFaulty);
            } catch (TransitionRefused isOnItsWay) {
                happen(orders, order, OrderEvent.DELIVER, isFaulty);
            }
        }
    }

    private static void check(ScenarioRun play, SqlDatabase orders) throws SQLException {
        long steps = orders.number(STEPS);
        play.none("each order's steps are numbered from 1 without gaps", steps, orders, """
            select id from entente_state_history group by id
            having min(version) <> 1 or max(version) <> count(*)
            """);
        play.none("each step starts in the state where the previous step ended", steps, orders, """
            select id from (select id, from_state, coalesce(
              lag(to_state) over (partition by id order by version), 'CREATED') as previous
              from entente_state_history) as step where from_state <> previous
            """);
        play.none("each step is a declared transition", steps, orders, """
            select id || ' ' || event from entente_state_history
            where (from_state, event, to_state) not in (values ('CREATED', 'PAY', 'PAID'),
              ('PAID', 'SHIP', 'SHIPPED'), ('SHIPPED', 'DELIVER', 'DELIVERED'),
              ('CREATED', 'CANCEL', 'CANCELLED'), ('PAID', 'CANCEL', 'CANCELLED'))
            """);
        long all = orders.number("select count(*) from entente_state");
        play.none("each order is in the target state of its last step", all, orders, """
            select s.id from entente_state s left join (select distinct on (id) id, to_state, version
              from entente_state_history order by id, version desc) as last using (id)
            where s.state <> coalesce(last.to_state, 'CREATED') or s.version <> coalesce(last.version, 0)
            """);
        long paid = orders.number(STEPS + " where event = 'PAY'");
        play.none("each paid order has one receipt, and no other order has one", paid, orders, """
            select coalesce(o.id, 'none for ' || h.id) from entente_outbox o
            full join (select id from entente_state_history where event = 'PAY') as h
              on o.id = 'receipt-' || h.id where o.id is null or h.id is null
            """);
    }
}
