package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import shop.v1.CustomerServiceGrpc;
import shop.v1.Fault;
import shop.v1.RegisterRequest;

/**
 * A customer registers: his row and two messages in one transaction; a welcome mail as a notification, 100 points by an
 * inbox.
 */
final class CustomerRegistration implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "registration",
                    ShopService.MAIL,
                    "A customer registers: her row, a welcome mail and 100 points are one local transaction, of which"
                            + " the latter two are messages. The relay that delivers them is killed in the middle of a"
                            + " batch; each customer still gets one mail and 100 points.")
            .with(EnumSet.of(ShopService.CUSTOMER, ShopService.MAIL, ShopService.POINTS));

    private static final String NAME = "demo-registration";
    private static final Set<String> BRANCHES = Set.of("deliver");

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Checks checks = new Checks(stage.books(), result);
        register(stage, NAME, Fault.getDefaultInstance());
        checks.number(
                "the customer is there", 1, ShopService.CUSTOMER, "select count(*) from customer where name = ?", NAME);
        checks.number("two messages stand beside her", 2, ShopService.CUSTOMER, "select count(*) from entente_outbox");

        DemoRelay relay = DemoRelay.start(stage, ShopService.CUSTOMER);
        relay.awaitEmpty();
        Transaction mail = stage.await(NAME);
        result.tell(mail);
        checks.ended(mail, Transaction.State.SUCCEEDED);
        relay.dieInABatch(NAME, name -> register(stage, name, Trouble.slow(stage.random())), result);
        result.checkAll(invariants(stage, NAME));
    }

    private static void register(Stage stage, String name, Fault delivery) {
        CustomerServiceGrpc.newBlockingStub(stage.shop().channel(ShopService.CUSTOMER))
                .register(RegisterRequest.newBuilder()
                        .setName(name)
                        .setDelivery(delivery)
                        .build());
    }

    @Override
    public CrashWorkload workload(Stage stage) throws Exception {
        DemoRelay relay = DemoRelay.start(stage, ShopService.CUSTOMER);
        CrashWorkload registrations = new CrashWorkload(gids(), (gid, random) -> job(stage, gid, Trouble.slow(random)))
                .withoutCustomers()
                .truth(_ -> {
                    relay.awaitEmpty();
                    return invariants(stage, gids());
                })
                .decisionKillEvery(0);
        return relay.carrying(registrations)
                .killing(Victim.participant(stage.shop(), ShopService.CUSTOMER))
                .killing(Victim.participant(stage.shop(), ShopService.POINTS));
    }

    private static CrashJob job(Stage stage, String gid, Fault delivery) {
        return new CrashJob(gid, Pattern.NOTIFICATION, BRANCHES, (_, accepted) -> {
            register(stage, gid, delivery);
            accepted.run();
        });
    }

    /** Returns the invariants of customers whose names start with that prefix. */
    private static List<Invariant> invariants(Stage stage, String prefix) throws Exception {
        stage.await(
                "the mails to customers",
                () -> entries(stage, prefix).size() >= customers(stage, prefix).size());
        List<String> customers = customers(stage, prefix);
        List<Invariant> invariants = new ArrayList<>();
        invariants.add(same(
                "each customer got one welcome mail, and nobody else did",
                customers,
                stage.books()
                        .texts(
                                ShopService.MAIL,
                                "select recipient from mail where starts_with(recipient, ?) order by recipient collate"
                                        + " \"C\"",
                                prefix)));
        invariants.add(
                same("each customer got 100 points once, and nobody else did", customers, entries(stage, prefix)));
        long elsewhere = stage.books()
                .number(
                        ShopService.POINTS,
                        "select count(*) from account where points <> 100 and starts_with(id, ?)",
                        prefix);
        invariants.add(new Invariant("nobody has more or less", elsewhere == 0, customers.size(), elsewhere + " have"));
        long left = stage.books().number(ShopService.CUSTOMER, "select count(*) from entente_outbox");
        invariants.add(new Invariant("the outbox is empty", left == 0, 1, left + " messages are left"));
        return invariants;
    }

    private static List<String> customers(Stage stage, String prefix) throws SQLException {
        return stage.books()
                .texts(
                        ShopService.CUSTOMER,
                        "select name from customer where starts_with(name, ?) order by name collate \"C\"",
                        prefix);
    }

    private static List<String> entries(Stage stage, String prefix) throws SQLException {
        return stage.books().texts(ShopService.POINTS, """
            select account_id from entry where points = 100 and starts_with(account_id, ?)
            order by account_id collate "C"\
            """, prefix);
    }

    private static Invariant same(String name, List<String> customers, List<String> found) {
        return new Invariant(
                name, customers.equals(found), customers.size(), customers.size() + " customers, " + found.size());
    }
}
