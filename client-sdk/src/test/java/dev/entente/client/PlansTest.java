package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import com.google.protobuf.TextFormat;
import dev.entente.v1.Plan;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlansTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    private final Entente entente =
            Entente.builder("localhost:1").clock(() -> NOW).build();
    private final Participant account = entente.participant("account");

    @AfterEach
    void close() {
        entente.close();
    }

    @Test
    void a_two_phase_transaction_is_written_to_the_plan() throws Exception {
        TwoPhase transfer = entente.twoPhase("transfer")
                .gid("transfer-1")
                .deadline(Duration.ofSeconds(30))
                .branch("debit", freeze(), settle(), settle());

        assertThat(transfer.toProto()).isEqualTo(plan("""
            gid: "transfer-1" name: "transfer" deadline { seconds: 30 }
            two_phase {
              branches {
                id: "debit"
                prepare { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d" }
                commit { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
                rollback { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
              }
            }
            """));
    }

    @Test
    void a_three_phase_transaction_is_written_to_the_plan() throws Exception {
        TwoPhase transfer =
                entente.twoPhase("transfer").gid("t-1").branch("debit", freeze(), settle(), settle(), settle());

        assertThat(transfer.toProto()).isEqualTo(plan("""
            gid: "t-1" name: "transfer"
            two_phase {
              branches {
                id: "debit"
                prepare { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d" }
                pre_commit { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
                commit { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
                rollback { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
              }
            }
            """));
    }

    @Test
    void a_message_is_written_to_the_plan() throws Exception {
        Message frozen = entente.message("frozen").gid("frozen-1").to(freeze()).to(settle());

        assertThat(frozen.toProto()).isEqualTo(plan("""
            gid: "frozen-1" name: "frozen"
            message {
              deliveries { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d" }
              deliveries { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
            }
            """));
    }

    @Test
    void an_event_contains_the_bytes_of_its_message() throws Exception {
        Message published = entente.message("frozen")
                .gid("frozen-2")
                .toTopic(
                        "accounts",
                        FreezeRequest.newBuilder().setAccount("alice").build());

        assertThat(published.toProto()).isEqualTo(plan("""
            gid: "frozen-2" name: "frozen"
            message { deliveries { topic: "accounts" raw: "\\n\\005alice" } }
            """));
    }

    @Test
    void the_ordering_key_and_the_labels_are_in_the_plan() throws Exception {
        Message ordered = entente.message("frozen")
                .gid("frozen-4")
                .label("chain", "alice-1")
                .orderingKey("alice")
                .to(settle());

        assertThat(ordered.toProto()).isEqualTo(plan("""
            gid: "frozen-4" name: "frozen" labels { key: "chain" value: "alice-1" }
            message {
              deliveries { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
              ordering_key: "alice"
            }
            """));
    }

    @Test
    void the_check_back_of_a_message_is_in_the_plan() throws Exception {
        Message message = entente.message("frozen")
                .gid("frozen-3")
                .to(settle())
                .checkBack(entente.participant("bank"), Duration.ofSeconds(5));

        assertThat(message.toProto()).isEqualTo(plan("""
            gid: "frozen-3" name: "frozen"
            message {
              deliveries { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
              check_back { grpc: "bank/entente.v1.ParticipantService/Check" raw: "\\n\\010frozen-3" }
              check_back_policy { first_after { seconds: 5 } }
            }
            """));
    }

    @Test
    void a_saga_is_written_to_the_plan() throws Exception {
        Saga saga = entente.saga("checkout")
                .gid("order-1")
                .deadline(Duration.ofMinutes(5))
                .label("customer", "42")
                .delay(Duration.ofSeconds(90))
                .timeout(Duration.ofSeconds(7));
        Step<FreezeResponse> first = saga.step(
                        "freeze",
                        freeze().timeout(Duration.ofMillis(1500))
                                .retry(Retry.exponential(Duration.ofSeconds(1), Duration.ofMinutes(1), 4)))
                .compensateWith(frozen -> settle().set(
                                SettleRequest.FREEZE_ID_FIELD_NUMBER,
                                frozen.field(FreezeResponse.FREEZE_ID_FIELD_NUMBER)));
        Step<SettleResponse> second = saga.step(
                        "settle",
                        settle().require("receipt.id", first.response().field("receipt.id")))
                .nothingToUndo()
                .pivot()
                .after(first);
        saga.step("note", freeze()).compensateWith(settle()).retriable().after(first, second);
        saga.result(second);

        assertThat(saga.toProto()).isEqualTo(plan("""
            gid: "order-1" name: "checkout" labels { key: "customer" value: "42" } deadline { seconds: 300 }
            start_time { seconds: 1795168890 } result_branch: "settle" defaults { timeout { seconds: 7 } }
            saga {
              steps {
                id: "freeze"
                action {
                  grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d"
                  policy { timeout { seconds: 1 nanos: 500000000 } max_attempts: 4 first_backoff { seconds: 1 }
                           max_backoff { seconds: 60 } multiplier: 2 }
                }
                compensate {
                  grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: ""
                  bind { from: "freeze" from_path: "1" to_path: "1" }
                }
              }
              steps {
                id: "settle"
                action {
                  grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: ""
                  bind { from: "freeze" from_path: "2.1" to_path: "4.1" required: true }
                }
                no_undo: true pivot: true after: "freeze"
              }
              steps {
                id: "note"
                action { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d" }
                compensate { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
                after: "freeze" after: "settle" retriable: true
              }
            }
            """));
    }

    @Test
    void an_approval_is_written_to_the_plan() throws Exception {
        Saga saga = entente.saga("big-order").gid("order-1");
        Step<FreezeResponse> freeze = saga.step("freeze", freeze()).nothingToUndo();
        ApprovalStep manager = saga.approval("manager")
                .prompt("over 10 000")
                .within(Duration.ofHours(24), ApprovalStep.Expiry.PARK)
                .approvers("alice", "bob")
                .after(freeze);
        saga.step("settle", settle()).nothingToUndo().after(manager);

        assertThat(saga.toProto()).isEqualTo(plan("""
            gid: "order-1" name: "big-order"
            saga {
              steps {
                id: "freeze" no_undo: true
                action { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d" }
              }
              steps {
                id: "manager" after: "freeze"
                approval {
                  prompt: "over 10 000" within { seconds: 86400 } on_expiry: PARK approvers: "alice" approvers: "bob"
                }
              }
              steps {
                id: "settle" no_undo: true after: "manager"
                action { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
              }
            }
            """));
    }

    @Test
    void a_tcc_transaction_is_written_to_the_plan() throws Exception {
        Tcc tcc = entente.tcc("transfer")
                .gid("transfer-1")
                .branch(
                        "debit",
                        freeze(),
                        tried -> settle().require(SettleRequest.FREEZE_ID_FIELD_NUMBER, tried.field("freeze_id")),
                        settle())
                .branch("credit", freeze(), settle(), settle())
                .sequential()
                .result("credit");

        String operations = """
            try { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d" }
            confirm { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" %s }
            cancel { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: "" }
            """;
        assertThat(tcc.toProto())
                .isEqualTo(
                        plan("gid: \"transfer-1\" name: \"transfer\" result_branch: \"credit\" tcc { sequential: true"
                                + " branches { id: \"debit\" "
                                + operations.formatted(
                                        "bind { from: \"debit\" from_path: \"1\" to_path: \"1\" required: true }")
                                + "} branches { id: \"credit\" "
                                + operations.formatted("")
                                + "} }"));
    }

    @Test
    void client_defaults_are_in_every_plan_and_a_plan_can_override_them() {
        try (Entente slow = Entente.builder("localhost:1")
                .timeout(Duration.ofSeconds(3))
                .retry(Retry.never())
                .build()) {
            assertThat(slow.saga("a").toProto().getDefaults().getTimeout().getSeconds())
                    .isEqualTo(3);
            assertThat(slow.saga("a").toProto().getDefaults().getMaxAttempts()).isEqualTo(1);
            assertThat(slow.saga("a")
                            .timeout(Duration.ofSeconds(4))
                            .toProto()
                            .getDefaults()
                            .getTimeout()
                            .getSeconds())
                    .isEqualTo(4);
        }
    }

    @Test
    void a_notification_contains_one_call_and_its_retry_schedule() throws TextFormat.ParseException {
        Plan plan = entente.notification("order-paid")
                .gid("n-1")
                .post(entente.participant("crm"), "/hooks")
                .header("x-shop", "demo")
                .jsonBody("{}")
                .retry(Retry.schedule(List.of(Duration.ofSeconds(10), Duration.ofMinutes(1))))
                .toProto();

        assertThat(plan).isEqualTo(plan("""
            gid: "n-1" name: "order-paid"
            defaults { schedule { seconds: 10 } schedule { seconds: 60 } }
            notification { deliver {
              http { participant: "crm" method: "POST" path: "/hooks" headers { key: "x-shop" value: "demo" } }
              raw: "{}" } }
            """));
    }

    @Test
    void a_step_can_be_a_notification_that_has_only_its_call() throws TextFormat.ParseException {
        Participant crm = entente.participant("crm");
        Saga saga = entente.saga("signup").gid("s-2");
        saga.step("mail", entente.notification("welcome").post(crm, "/mails").retry(Retry.never()))
                .nothingToUndo();

        assertThat(saga.toProto()).isEqualTo(plan("""
            gid: "s-2" name: "signup"
            saga { steps { id: "mail" no_undo: true
              notification { deliver {
                http { participant: "crm" method: "POST" path: "/mails" } raw: ""
                policy { max_attempts: 1 first_backoff { seconds: 1 } max_backoff { seconds: 1 } multiplier: 1 } } } } }
            """));
        assertThatThrownBy(() -> saga.step(
                        "again",
                        entente.notification("welcome").post(crm, "/mails").label("a", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leave out these settings");
    }

    @Test
    void a_step_can_be_a_message_that_has_only_its_calls() throws TextFormat.ParseException {
        Saga saga = entente.saga("signup").gid("s-3");
        Call<SettleResponse> own = settle().timeout(Duration.ofSeconds(2));
        saga.step("tell", entente.message("signed-up").to(freeze()).to(own).timeout(Duration.ofSeconds(9)))
                .nothingToUndo();

        assertThat(saga.toProto()).isEqualTo(plan("""
            gid: "s-3" name: "signup"
            saga { steps { id: "tell" no_undo: true
              message {
                deliveries { grpc: "account/bank.v1.AccountService/TryFreeze" raw: "\\n\\005alice\\020d"
                  policy { timeout { seconds: 9 } } }
                deliveries { grpc: "account/bank.v1.AccountService/ConfirmFreeze" raw: ""
                  policy { timeout { seconds: 2 } } } } } }
            """));
        assertThatThrownBy(() -> saga.step(
                        "again", entente.message("signed-up").to(freeze()).gid("m-1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leave out these settings");
    }

    @Test
    void steps_over_http_bind_json_fields() throws TextFormat.ParseException {
        Participant crm = entente.participant("crm");
        Saga saga = entente.saga("signup").gid("s-1");
        Step<String> account = saga.step("account", crm.post("/accounts").jsonBody("{}"))
                .compensateWith(made -> crm.delete("/accounts").set("/id", made.field("/id")));
        saga.step("mail", crm.put("/mails").require("", account.response().whole()))
                .nothingToUndo()
                .after(account);

        assertThat(saga.toProto()).isEqualTo(plan("""
            gid: "s-1" name: "signup"
            saga {
              steps { id: "account"
                action { http { participant: "crm" method: "POST" path: "/accounts" } raw: "{}" }
                compensate { http { participant: "crm" method: "DELETE" path: "/accounts" } raw: ""
                  bind { from: "account" from_path: "/id" to_path: "/id" } } }
              steps { id: "mail" no_undo: true after: "account"
                action { http { participant: "crm" method: "PUT" path: "/mails" } raw: ""
                  bind { from: "account" required: true } } } }
            """));
        assertThatThrownBy(() -> account.response().field("id")).hasMessageContaining("is not a JSON pointer");
    }

    @Test
    void a_builder_without_a_gid_creates_a_gid_and_keeps_it() {
        Saga saga = entente.saga("checkout");

        assertThat(saga.gid())
                .isEqualTo(saga.gid())
                .isEqualTo(saga.toProto().getGid())
                .isNotEqualTo(entente.saga("checkout").gid());
    }

    @Test
    void a_streaming_method_is_refused_as_a_call() {
        assertThatThrownBy(() ->
                        account.call(AccountServiceGrpc.getStatementsMethod(), SettleRequest.getDefaultInstance()))
                .hasMessageContaining("SERVER_STREAMING");
    }

    private Call<FreezeResponse> freeze() {
        return AccountCalls.freeze(account);
    }

    private Call<SettleResponse> settle() {
        return AccountCalls.settle(account);
    }

    private static Plan plan(String text) throws TextFormat.ParseException {
        return TextFormat.parse(text, Plan.class);
    }
}
