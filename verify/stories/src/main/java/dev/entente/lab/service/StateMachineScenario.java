package dev.entente.lab.service;

import dev.entente.demo.ShopService;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.rig.Worker;
import dev.entente.statemachine.TransitionRefused;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** The life of orders: guarded states, a history of each, and a receipt in the transaction that pays. */
public final class StateMachineScenario implements Scenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "state-machine",
                    ShopService.ORDER,
                    "An order is created, paid, shipped and delivered; what is not allowed in its state is refused with"
                            + " a reason. Then 200 events reach one order at once. Its row, its history and its"
                            + " receipts must tell one life.")
            .with(Set.of());

    private static final int EVENTS_AT_ONCE = 200;
    private static final int CONNECTIONS = 40;
    private static final int STEPS_BETWEEN_KILLS = 150;
    private static final String STEPS = "select count(*) from entente_state_history";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        LocalBooks books = LocalBooks.create(stage, "state_machine");
        OrderLives lives = new OrderLives(books.dataSource(), stage.shop().hasLiars());
        lives.createTables();
        live(lives, result);
        long done = rush(lives, stage);
        result.check(
                "of " + EVENTS_AT_ONCE + " events at once those that were not refused are the order's history",
                done == books.number(STEPS + " where id = 'rushed'"),
                EVENTS_AT_ONCE);
        judge(books, result);
    }

    private static void live(OrderLives lives, Result result) throws SQLException {
        lives.create("demo");
        refused(lives, OrderEvent.SHIP, result);
        lives.happen("demo", OrderEvent.PAY);
        lives.happen("demo", OrderEvent.SHIP);
        refused(lives, OrderEvent.CANCEL, result);
        lives.happen("demo", OrderEvent.DELIVER);
        refused(lives, OrderEvent.PAY, result);
    }

    private static void refused(OrderLives lives, OrderEvent event, Result result) throws SQLException {
        try {
            lives.happen("demo", event);
            result.check(event + " is refused", false, 1, "it happened");
        } catch (TransitionRefused refused) {
            result.note("refused: " + refused.getMessage());
        }
    }

    /** Returns how many of them happened. */
    private static long rush(OrderLives lives, Stage stage) throws Exception {
        lives.create("rushed");
        Semaphore connections = new Semaphore(CONNECTIONS);
        List<Future<Boolean>> events = new ArrayList<>();
        try (ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < EVENTS_AT_ONCE; i++) {
                OrderEvent event = OrderEvent.any(stage.random());
                events.add(all.submit(() -> happens(lives, event, connections)));
            }
        }
        long done = 0;
        for (Future<Boolean> event : events) {
            done += event.get() ? 1 : 0;
        }
        return done;
    }

    private static boolean happens(OrderLives lives, OrderEvent event, Semaphore connections) throws Exception {
        connections.acquire();
        try {
            lives.happen("rushed", event);
            return true;
        } catch (TransitionRefused refused) {
            return false;
        } finally {
            connections.release();
        }
    }

    @Override
    public void runUnderKills(int kills, Stage stage, Result result) throws Exception {
        LocalBooks books = LocalBooks.create(stage, "state_machine");
        boolean lies = stage.shop().hasLiars();
        new OrderLives(books.dataSource(), lies).createTables();
        List<Victim> victims = new ArrayList<>();
        for (String name : List.of("orders 1", "orders 2")) {
            Worker worker = stage.playground()
                    .startWorker(
                            name,
                            OrderLivesWorker.class,
                            WorkerCommand.arguments(books, stage.random().nextLong(), lies));
            victims.add(Victim.worker(worker));
        }
        WorkerKills.run(kills, victims, () -> books.number(STEPS), STEPS_BETWEEN_KILLS, stage, result);
        for (Victim victim : victims) {
            victim.kill().run();
        }
        judge(books, result);
    }

    private static void judge(LocalBooks books, Result result) throws SQLException {
        books.none(result, "each order's steps are numbered from 1 without gaps", """
            select id from entente_state_history group by id
            having min(version) <> 1 or max(version) <> count(*)
            """, STEPS);
        books.none(result, "each step begins where the one before it ended", """
            select id from (select id, from_state, coalesce(
              lag(to_state) over (partition by id order by version), 'CREATED') as stood
              from entente_state_history) as step where from_state <> stood
            """, STEPS);
        books.none(result, "each step is one of those that are declared", """
            select id || ' ' || event from entente_state_history
            where (from_state, event, to_state) not in (values ('CREATED', 'PAY', 'PAID'),
              ('PAID', 'SHIP', 'SHIPPED'), ('SHIPPED', 'DELIVER', 'DELIVERED'),
              ('CREATED', 'CANCEL', 'CANCELLED'), ('PAID', 'CANCEL', 'CANCELLED'))
            """, STEPS);
        books.none(result, "each order stands where its last step led", """
            select s.id from entente_state s left join (select distinct on (id) id, to_state, version
              from entente_state_history order by id, version desc) as last using (id)
            where s.state <> coalesce(last.to_state, 'CREATED') or s.version <> coalesce(last.version, 0)
            """, "select count(*) from entente_state");
        books.none(
                result,
                "each order that was paid has one receipt, and no other has one",
                """
                select coalesce(o.id, 'none for ' || h.id) from entente_outbox o
                full join (select id from entente_state_history where event = 'PAY') as h
                  on o.id = 'receipt-' || h.id where o.id is null or h.id is null
                """,
                STEPS + " where event = 'PAY'");
    }
}
