package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.Body;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Objects as bodies, classes as results, and sagas in one expression. */
class TypedCallsTest extends CoordinatorFixture {
    record Pay(String order, int cents) {}

    record Paid(String id) {}

    private final Participant billing = entente.participant("billing");

    TypedCallsTest() throws IOException {
        super(builder -> builder.json(new JsonCodec(new Gson()::toJson, new Gson()::fromJson)));
    }

    private Call<Paid> pay() {
        return billing.post("/payments").json(new Pay("7", 100)).returning(Paid.class);
    }

    /** Makes every saga succeed with this result. */
    private void succeeds(String result) {
        coordinator.progress(running -> running.toBuilder()
                .setState(Transaction.State.SUCCEEDED)
                .setTerminal(true)
                .setResult(Body.newBuilder().setRaw(ByteString.copyFromUtf8(result)))
                .build());
    }

    @Test
    void an_object_is_the_json_body_of_requests_events_and_notifications() {
        String json = "{\"order\":\"7\",\"cents\":100}";
        assertThat(pay().toProto().getRaw().toStringUtf8()).isEqualTo(json);
        assertThat(billing.topic("paid")
                        .json(new Pay("7", 100))
                        .toProto()
                        .getRaw()
                        .toStringUtf8())
                .isEqualTo(json);
        assertThat(entente.notification("paid")
                        .post(billing, "/hooks")
                        .json(new Pay("7", 100))
                        .toProto()
                        .getNotification()
                        .getDeliver()
                        .getRaw()
                        .toStringUtf8())
                .isEqualTo(json);
    }

    @Test
    void a_body_is_serialized_when_it_is_set() {
        List<String> items = new ArrayList<>(List.of("chair"));
        Call<String> call = billing.post("/payments").json(items);

        items.add("table");

        assertThat(call.toProto().getRaw().toStringUtf8()).isEqualTo("[\"chair\"]");
    }

    @Test
    void a_missing_json_mapper_is_reported_with_the_fix() {
        try (Entente bare = server.client().build()) {
            Participant unmapped = bare.participant("billing");
            assertThatThrownBy(() -> unmapped.post("/payments").json(new Pay("7", 100)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll(Pay.class.getName(), "Entente.builder(…).json(codec)", "jsonBody");
            succeeds("{}");
            Saga saga = bare.saga("order").step("pay", unmapped.post("/payments"), Step::nothingToUndo);
            assertThatThrownBy(() -> saga.run("pay", Paid.class, PatientAwaits.BOUND))
                    .hasRootCauseMessage(
                            "a response of class " + Paid.class.getName() + " needs a JSON mapper, and this Entente has"
                                    + " none; call Entente.builder(…).json(codec), with Spring declare Jackson's mapper"
                                    + " as a bean, or write and read the text yourself (jsonBody, String)");
        }
    }

    @Test
    void an_object_that_cannot_be_written_as_json_is_refused() {
        assertThatThrownBy(() -> billing.post("/payments").json(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Double cannot be written as JSON");
    }

    @Test
    void a_grpc_call_refuses_json_bodies_and_result_classes() {
        Call<?> grpc = billing.call(
                bank.v1.AccountServiceGrpc.getTryFreezeMethod(), bank.v1.FreezeRequest.getDefaultInstance());
        assertThatThrownBy(() -> grpc.json("x")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> grpc.returning(Paid.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("TryFreeze is called over gRPC");
    }

    @Test
    void run_returns_the_result_as_the_class_of_the_call() throws Exception {
        succeeds("{\"id\":\"p-1\"}");
        Saga saga = entente.saga("order").gid("order-7");
        Step<Paid> pay = saga.step("pay", pay()).nothingToUndo();

        assertThat(saga.run(pay, PatientAwaits.BOUND)).isEqualTo(new Paid("p-1"));
        assertThat(saga.runAsync(pay, PatientAwaits.BOUND).get()).isEqualTo(new Paid("p-1"));
        assertThat(coordinator.submits.get(0).getPlan().getResultBranch()).isEqualTo("pay");
        assertThat(saga.run("pay", Paid.class, PatientAwaits.BOUND)).isEqualTo(new Paid("p-1"));
        assertThat(saga.run("pay", String.class, PatientAwaits.BOUND)).isEqualTo("{\"id\":\"p-1\"}");
        assertThat(transactions.await("order-7", PatientAwaits.BOUND).result(Paid.class))
                .isEqualTo(new Paid("p-1"));
    }

    @Test
    void an_unreadable_result_is_reported_with_gid_branch_and_class() {
        succeeds("<html>");
        Saga saga = entente.saga("order").gid("order-7");
        Step<Paid> pay = saga.step("pay", pay()).nothingToUndo();

        assertThatThrownBy(() -> saga.run(pay, PatientAwaits.BOUND))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'pay'", "'order-7'", Paid.class.getName());
        assertThatThrownBy(() -> saga.run("pay", Paid.class, PatientAwaits.BOUND))
                .hasMessageContainingAll("'pay'", "'order-7'", Paid.class.getName());
        assertThatThrownBy(() -> saga.runAsync(pay, PatientAwaits.BOUND).get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_empty_result_is_refused_as_an_object_and_read_as_an_empty_string() {
        succeeds("");
        Outcome outcome =
                entente.saga("order").step("pay", pay(), Step::nothingToUndo).submitAndWait(PatientAwaits.BOUND);

        assertThatThrownBy(() -> outcome.result(Paid.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("result(…) names) is empty");
        assertThat(outcome.result(String.class)).isEmpty();
        succeeds("null");
        assertThatThrownBy(() -> entente.saga("order")
                        .step("pay", pay(), Step::nothingToUndo)
                        .run("pay", Paid.class, PatientAwaits.BOUND))
                .hasMessageContaining("is empty, which is not a valid");
    }

    @Test
    void only_a_succeeded_outcome_has_a_result() {
        Outcome pending = Outcome.of(Transaction.getDefaultInstance(), null);
        Outcome aborted = Outcome.of(
                Transaction.newBuilder()
                        .setTerminal(true)
                        .setState(Transaction.State.ABORTED)
                        .build(),
                null);

        assertThatThrownBy(() -> pending.result(Paid.class)).isInstanceOf(TransactionPending.class);
        assertThatThrownBy(() -> aborted.result(Paid.class)).isInstanceOf(TransactionAborted.class);
    }

    @Test
    void run_refuses_a_notification_step_as_its_result() {
        Saga saga = entente.saga("order");
        Step<Void> mail = saga.step("mail", entente.notification("mail").post(billing, "/mails"))
                .nothingToUndo();

        assertThatThrownBy(() -> saga.run(mail, PatientAwaits.BOUND))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'mail'");
        assertThat(coordinator.submits).isEmpty();
    }

    @Test
    void a_saga_in_one_expression_equals_the_saga_in_statements() {
        Saga expression = entente.saga("order")
                .gid("order-7")
                .step(
                        "reserve",
                        billing.post("/reservations"),
                        reserve -> reserve.compensateWith(
                                made -> billing.delete("/reservations").set("/id", made.field("/id"))))
                .step(
                        "pay",
                        pay().require("/reservation", Response.of("reserve").field("/id")),
                        pay -> pay.nothingToUndo().pivot())
                .result("pay");

        Saga statements = entente.saga("order").gid("order-7");
        Step<String> reserve = statements
                .step("reserve", billing.post("/reservations"))
                .compensateWith(made -> billing.delete("/reservations").set("/id", made.field("/id")));
        Step<Paid> pay = statements
                .step("pay", pay().require("/reservation", reserve.response().field("/id")))
                .nothingToUndo()
                .pivot();
        statements.result(pay);
        assertThat(expression.toProto()).isEqualTo(statements.toProto());
    }
}
