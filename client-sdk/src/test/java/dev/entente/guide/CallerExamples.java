package dev.entente.guide;

import bank.v1.AccountServiceGrpc;
import bank.v1.DepositRequest;
import bank.v1.DepositResponse;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.PutBackRequest;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import bank.v1.WithdrawRequest;
import bank.v1.WithdrawResponse;
import com.google.gson.Gson;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Filter;
import dev.entente.client.JsonCodec;
import dev.entente.client.Outcome;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.client.TccScope;
import dev.entente.client.TransactionAborted;
import dev.entente.client.TransactionPending;
import dev.entente.client.Watch;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;

/** The examples of {@code docs/sdk.md} for callers; a test compares both. */
final class CallerExamples {
    private final Entente entente;
    private final Participant bank;
    private final Participant otherBank;

    CallerExamples(Entente entente) {
        this.entente = entente;
        this.bank = entente.participant("bank");
        this.otherBank = entente.participant("other-bank");
    }

    static void connect(String token) {
        try (Entente entente =
                Entente.builder("coordinator:7790").bearerToken(token).tls(true).build()) {
            new CallerExamples(entente).transfer("t-1", "alice", "bob", 1000);
        }
    }

    String transfer(String id, String from, String to, long cents) {
        Saga saga = entente.saga("transfer")
                .gid("transfer-" + id)
                .deadline(Duration.ofMinutes(5))
                .label("from", from);

        Step<WithdrawResponse> withdraw = saga.step(
                        "withdraw",
                        bank.call(
                                AccountServiceGrpc.getWithdrawMethod(),
                                WithdrawRequest.newBuilder()
                                        .setAccount(from)
                                        .setCents(cents)
                                        .build()))
                .compensateWith(withdrawn -> bank.call(
                                AccountServiceGrpc.getPutBackMethod(), PutBackRequest.getDefaultInstance())
                        .set(
                                PutBackRequest.WITHDRAWAL_ID_FIELD_NUMBER,
                                withdrawn.field(WithdrawResponse.WITHDRAWAL_ID_FIELD_NUMBER)));

        Step<DepositResponse> deposit = saga.step(
                        "deposit",
                        otherBank
                                .call(
                                        AccountServiceGrpc.getDepositMethod(),
                                        DepositRequest.newBuilder()
                                                .setAccount(to)
                                                .setCents(cents)
                                                .build())
                                .require("withdrawal_id", withdraw.response().field("withdrawal_id"))
                                .timeout(Duration.ofSeconds(10))
                                .retry(Retry.exponential(Duration.ofSeconds(1), Duration.ofMinutes(1), 5)))
                .nothingToUndo()
                .pivot();

        try {
            return saga.run(deposit, Duration.ofSeconds(10)).getReceipt();
        } catch (TransactionAborted undone) {
            return "not transferred: " + undone.reason();
        } catch (TransactionPending later) {
            return "ask again: " + later.gid();
        }
    }

    static String withoutExceptions(Saga saga) {
        Outcome outcome = saga.submitAndWait(Duration.ofSeconds(10));
        if (outcome instanceof Outcome.Aborted aborted) {
            return aborted.branch() + ": " + aborted.reason();
        }
        if (outcome instanceof Outcome.Pending pending) {
            return pending.parked() ? "an operator is needed" : "still running";
        }
        return "done";
    }

    private Call<FreezeResponse> freeze(String account, long cents) {
        return bank.call(
                AccountServiceGrpc.getTryFreezeMethod(),
                FreezeRequest.newBuilder().setAccount(account).setCents(cents).build());
    }

    private Call<SettleResponse> confirm(Response tried) {
        return bank.call(AccountServiceGrpc.getConfirmFreezeMethod(), SettleRequest.getDefaultInstance())
                .require(SettleRequest.FREEZE_ID_FIELD_NUMBER, tried.field(FreezeResponse.FREEZE_ID_FIELD_NUMBER));
    }

    private Call<SettleResponse> cancel(String account) {
        return bank.call(
                AccountServiceGrpc.getCancelFreezeMethod(),
                SettleRequest.newBuilder().setAccount(account).build());
    }

    Outcome declarative(String id, String from, String to, long cents) {
        return entente.tcc("transfer")
                .gid("transfer-" + id)
                .deadline(Duration.ofSeconds(30))
                .branch("debit", freeze(from, cents), this::confirm, cancel(from))
                .branch("credit", freeze(to, -cents), this::confirm, cancel(to))
                .submitAndWait(Duration.ofSeconds(5));
    }

    String interactive(String id, String from, String to, long cents) {
        return entente.tcc("transfer")
                .gid("transfer-" + id)
                .deadline(Duration.ofSeconds(30))
                .execute(scope -> {
                    FreezeResponse debit = scope.tryBranch("debit", freeze(from, cents), this::confirm, cancel(from));
                    if (debit.getFreezeId().startsWith("suspicious")) {
                        throw new IllegalArgumentException("transfer held: " + debit.getFreezeId());
                    }
                    return scope.tryBranch("credit", freeze(to, -cents), this::confirm, cancel(to))
                            .getFreezeId();
                });
    }

    Outcome twoPhase(String id, String from, String to, long cents) {
        return entente.twoPhase("transfer")
                .gid("transfer-" + id)
                .deadline(Duration.ofSeconds(30))
                .branch("debit", freeze(from, cents), settle(), settle())
                .branch("credit", freeze(to, -cents), settle(), settle())
                .submitAndWait(Duration.ofSeconds(5));
    }

    String message(String id, String who, long cents) {
        return entente.message("frozen")
                .gid("frozen-" + id)
                .to(freeze(who, cents))
                .to(settle())
                .submit()
                .gid();
    }

    String notifyPaid(String order) {
        return entente.notification("order-paid")
                .gid("notify-" + order)
                .post(entente.participant("crm"), "/hooks/order-paid")
                .header("X-Shop", "demo")
                .jsonBody("{\"order\":\"" + order + "\"}")
                .retry(Retry.schedule(List.of(
                        Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofHours(1))))
                .submit()
                .gid();
    }

    String event(String id, String who, long cents) {
        FreezeRequest event =
                FreezeRequest.newBuilder().setAccount(who).setCents(cents).build();
        return entente.message("frozen")
                .gid("frozen-" + id)
                .orderingKey(who)
                .toTopic("accounts", event)
                .submit()
                .gid();
    }

    void subscribe() {
        entente.topics().subscribe("accounts", "bank", bank, AccountServiceGrpc.getTryFreezeMethod());
    }

    long createOrder(DataSource orders, String order, String who, long cents) throws SQLException {
        return entente.message("order-created")
                .gid("order-created-" + order)
                .to(freeze(who, cents))
                .checkBack(entente.participant("order"), Duration.ofSeconds(10))
                .runAndSubmit(orders, connection -> insert(connection, order, cents));
    }

    private static long insert(Connection connection, String order, long cents) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into orders(id, cents) values (?, ?)")) {
            insert.setString(1, order);
            insert.setLong(2, cents);
            return insert.executeUpdate();
        }
    }

    record NewAccount(String customer) {}

    record Account(String id) {}

    record Order(String sku) {}

    record Paid(String receipt) {}

    String overHttp(Saga saga) {
        Participant crm = entente.participant("crm");
        Step<Account> account = saga.step(
                        "account",
                        crm.post("/accounts").json(new NewAccount("alice")).returning(Account.class))
                .compensateWith(made -> crm.delete("/accounts").set("/id", made.field("/id")));
        saga.step(
                        "welcome",
                        crm.post("/mails").set("/account", account.response().field("/id")))
                .nothingToUndo();
        return saga.run(account, Duration.ofSeconds(10)).id();
    }

    Paid inOneExpression(String id, Participant stock, Participant billing, Order order) {
        return entente.saga("order")
                .gid("order-" + id)
                .step(
                        "reserve",
                        stock.post("/reservations").json(order),
                        reserve -> reserve.compensateWith(stock.delete("/reservations")))
                .step(
                        "pay",
                        billing.post("/payments")
                                .json(order)
                                .require("/reservation", Response.of("reserve").field("/id")),
                        pay -> pay.nothingToUndo().pivot())
                .run("pay", Paid.class, Duration.ofSeconds(10));
    }

    static Entente withMapper(Gson gson) {
        return Entente.builder("coordinator:7790")
                .json(new JsonCodec(gson::toJson, gson::fromJson))
                .build();
    }

    private Call<SettleResponse> settle() {
        return bank.call(AccountServiceGrpc.getConfirmFreezeMethod(), SettleRequest.getDefaultInstance());
    }

    static Entente withAddresses() {
        return Entente.builder("coordinator:7790")
                .participant("bank", "bank:7801")
                .build();
    }

    CompletableFuture<String> interactiveWithoutBlocking(String id, String from, String to, long cents) {
        return entente.tcc("transfer")
                .gid("transfer-" + id)
                .executeAsync(scope -> scope.tryBranchAsync("debit", freeze(from, cents), this::confirm, cancel(from))
                        .thenCombine(
                                scope.tryBranchAsync("credit", freeze(to, -cents), this::confirm, cancel(to)),
                                (debit, credit) -> credit.getFreezeId()));
    }

    void nested(TccScope scope) {
        TccScope debit = scope.nested("debit");
        debit.tryBranch("fee", freeze("fees", 10), this::confirm, cancel("fees"));
    }

    void look(String gid) {
        System.out.println(entente.transactions().get(gid).getState());
        entente.transactions().list(Filter.parked().label("from", "alice")).forEach(System.out::println);
        try (Watch watch = entente.transactions().watch(gid)) {
            watch.forEachRemaining(seen -> System.out.println(seen.getState()));
        }
        entente.transactions().abort(gid, "the customer called");
    }
}
