package dev.entente.lab.demo;

import dev.entente.client.Notification;
import dev.entente.client.Participant;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Receiver;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import shop.v1.ReleaseRequest;
import shop.v1.ReserveRequest;
import shop.v1.StockServiceGrpc;

/** A web hook that fails some times, one that never answers, and a saga that tells somebody. */
final class NotificationScenario implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "notification",
                    ShopService.STOCK,
                    "A web hook is told that an order was paid: it fails twice, then it listens. Another one never"
                            + " does, and is given up; when it is mended, an operator sends that once more. Then a saga"
                            + " reserves goods and has somebody told of it. The receiver believes signed calls only.")
            .with(EnumSet.of(ShopService.PAYMENT, ShopService.ACCOUNT, ShopService.STOCK));

    private static final String GID = "demo-notification";
    private static final Retry SHORT =
            Retry.schedule(List.of(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400)));

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Customers.open(stage.books());
        Checks checks = new Checks(stage.books(), result);
        told(stage, checks, result);
        sentAgain(stage, checks, result);
        asStep(stage, checks, result);
        result.checkAll(new Notified(stage, GID).all());
    }

    private static Notification notification(Stage stage, String gid, String path) {
        return stage.entente()
                .notification("order-paid")
                .gid(gid)
                .post(crm(stage), path)
                .header("accept-language", "en")
                .jsonBody("{\"order\":\"" + gid + "\"}")
                .retry(SHORT);
    }

    private static Participant crm(Stage stage) {
        return stage.entente().participant(Receiver.NAME);
    }

    private static void told(Stage stage, Checks checks, Result result) throws Exception {
        notification(stage, GID, "/flaky/2").submit();
        Transaction told = stage.await(GID);
        result.tell(told);
        checks.ended(told, Transaction.State.SUCCEEDED);
        long requests = stage.receiver().number("select count(*) from request where gid = ?", GID);
        result.check("it was asked three times", requests == 3, 1, "it was asked " + requests + " times");
        long acted = stage.receiver().number("select count(*) from acted where gid = ?", GID);
        result.check("the receiver acted once", acted == 1, 1, "it acted " + acted + " times");
    }

    private static void sentAgain(Stage stage, Checks checks, Result result) throws Exception {
        String gid = GID + "-closed";
        notification(stage, gid, "/closed").submit();
        Transaction lost = stage.await(gid);
        result.tell(lost);
        checks.ended(lost, Transaction.State.GIVEN_UP);
        result.check("its last error is kept", lost.getDetail().contains("404"), 1, lost.getDetail());
        stage.receiver().open();
        Transaction first = resend(stage, gid);
        Transaction again = resend(stage, gid);
        Transaction heard = stage.await(first.getGid());
        result.tell(heard);
        checks.ended(heard, Transaction.State.SUCCEEDED);
        long sent = stage.receiver().number("select count(*) from acted where starts_with(gid, ?)", gid);
        result.check(
                "sent again twice, it is one transaction, and the receiver acted once",
                sent == 1 && first.getGid().equals(gid + "~2") && again.getGid().equals(gid + "~2"),
                1,
                "it acted " + sent + " times for " + first.getGid() + " and " + again.getGid());
    }

    private static Transaction resend(Stage stage, String gid) {
        ManagedChannel channel = Grpc.newChannelBuilder(
                        stage.coordinator().ready().grpc(), InsecureChannelCredentials.create())
                .build();
        try {
            return OperatorServiceGrpc.newBlockingStub(channel)
                    .resendNotification(OperateRequest.newBuilder()
                            .setGid(gid)
                            .setReason("the hook is back")
                            .build());
        } finally {
            channel.shutdownNow();
        }
    }

    private static void asStep(Stage stage, Checks checks, Result result) throws Exception {
        String gid = GID + "-saga";
        saga(stage, gid, "/flaky/1", Customers.sku(0)).submitAndWait(Stage.SUBMIT_WAIT);
        Transaction saga = stage.await(gid);
        result.tell(saga);
        checks.ended(saga, Transaction.State.SUCCEEDED);
        checks.effects(gid, "StockService/Reserve");
        Transaction child = stage.await(gid + "/tell");
        checks.ended(child, Transaction.State.SUCCEEDED);
        checks.number(
                "the goods are reserved", 1, ShopService.STOCK, "select count(*) from reservation where gid = ?", gid);
    }

    private static Saga saga(Stage stage, String gid, String path, String sku) {
        Participant stock = stage.entente().participant("stock");
        Saga saga = stage.entente().saga("reserve-and-tell").gid(gid);
        ReserveRequest reserve =
                ReserveRequest.newBuilder().setSku(sku).setQuantity(1).build();
        ReleaseRequest release =
                ReleaseRequest.newBuilder().setSku(sku).setQuantity(1).build();
        saga.step("reserve", stock.call(StockServiceGrpc.getReserveMethod(), reserve))
                .compensateWith(stock.call(StockServiceGrpc.getReleaseMethod(), release));
        saga.step(
                        "tell",
                        stage.entente()
                                .notification("told")
                                .post(crm(stage), path)
                                .jsonBody("{\"order\":\"" + gid + "\"}")
                                .retry(SHORT))
                .nothingToUndo();
        return saga;
    }

    /** Nothing is ever decided here: notifications only end. */
    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(gids(), (gid, random) -> any(stage, gid, random))
                .truth(_ -> new Notified(stage, gids()).all())
                .decisionKillEvery(0);
    }

    private static CrashJob any(Stage stage, String gid, Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> CrashJob.of(notification(stage, gid, "/closed"));
            case 1 -> {
                Saga saga = saga(stage, gid, "/flaky/" + random.nextInt(3), Customers.sku(random));
                yield new CrashJob(gid, Pattern.SAGA, Set.of("reserve"), (_, accepted) -> {
                    saga.submit();
                    accepted.run();
                });
            }
            default -> CrashJob.of(notification(stage, gid, "/flaky/" + random.nextInt(3)));
        };
    }
}
