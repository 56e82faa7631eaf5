package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.Gson;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tries over HTTP in an interactive scope, and the meaning of their answers. */
class HttpTriesTest {
    private final FakeCoordinator coordinator = new FakeCoordinator();
    private final Loopback server = new Loopback(coordinator);
    private final FakeAccounts service = new FakeAccounts();
    private final Gson gson = new Gson();
    private final Entente entente =
            client().json(new JsonCodec(gson::toJson, gson::fromJson)).build();
    private final Participant accounts = entente.participant("accounts");

    record Freeze(String account, int cents) {}

    record Frozen(String id) {}

    HttpTriesTest() throws IOException {}

    private Entente.Builder client() {
        return server.client()
                .participant("accounts", "http://" + service.authority() + "/api/")
                .participant("bank", "bank:7801")
                .retry(Retry.exponential(Duration.ofMillis(5), Duration.ofMillis(20), 3));
    }

    @AfterEach
    void close() {
        entente.close();
        service.close();
        server.close();
    }

    private Call<Frozen> freeze() {
        return accounts.post("/freezes?by=test")
                .header("x-shop", "demo")
                .json(new Freeze("alice", 100))
                .returning(Frozen.class);
    }

    private Call<?> settle() {
        return accounts.post("/settlements");
    }

    private Frozen transfer() {
        return transfer(freeze());
    }

    private <R> R transfer(Call<R> freeze) {
        return entente.tcc("transfer")
                .gid("transfer-1")
                .execute(scope -> scope.tryBranch(
                        "debit", freeze, tried -> accounts.post("/c").require("/id", tried.field("/id")), settle()));
    }

    @Test
    void a_try_sends_its_request_and_its_answer_is_parsed_and_committed() {
        assertThat(transfer()).isEqualTo(new Frozen("f-1"));

        FakeAccounts.Arrival tried = service.arrivals.get(0);
        assertThat(tried.method() + " " + tried.uri()).isEqualTo("POST /api/freezes?by=test");
        assertThat(tried.body()).isEqualTo("{\"account\":\"alice\",\"cents\":100}");
        assertThat(tried.header("content-type")).isEqualTo("application/json");
        assertThat(tried.header("x-shop")).isEqualTo("demo");
        assertThat(tried.header("entente-gid")).isEqualTo("transfer-1");
        assertThat(tried.header("entente-branch")).isEqualTo("debit");
        assertThat(tried.header("entente-op")).isEqualTo("try");
        assertThat(tried.header("entente-attempt")).isEqualTo("1");
        assertThat(tried.header("entente-fence")).isEqualTo("3");
        assertThat(tried.header("entente-fence-base")).isEqualTo("1");
        assertThat(tried.header("entente-join")).isEqualTo("token of debit");
        assertThat(tried.header("entente-pattern")).isEqualTo("tcc");
        assertThat(tried.header("entente-created")).isEqualTo("2026-11-20T10:00:00Z");
        assertThat(tried.header("idempotency-key")).isEqualTo("transfer-1/debit/try");
        assertThat(tried.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        assertThat(coordinator.calls).containsExactly("begin", "register debit", "commit");
        assertThat(coordinator.registers.get(0).getTcc().getTry().getHttp().getPath())
                .isEqualTo("/freezes?by=test");
        assertThat(coordinator.commits.get(0).getBranchResponsesMap())
                .containsEntry("debit", ByteString.copyFromUtf8("{\"id\":\"f-1\"}"));
    }

    @Test
    void a_text_answer_is_returned_unchanged_and_no_body_means_no_content_type() {
        service.answers(200, Map.of(), "not JSON");

        assertThat(transfer(accounts.delete("/freezes"))).isEqualTo("not JSON");
        assertThat(service.arrivals.get(0).headers()).doesNotContainKey("content-type");
    }

    @Test
    void a_participant_named_by_its_address_needs_no_configuration() {
        Participant direct = entente.participant(service.authority());

        assertThat(transfer(direct.get("/freezes").returning(Frozen.class))).isEqualTo(new Frozen("f-1"));
        assertThat(service.arrivals.get(0).uri()).isEqualTo("/freezes");
    }

    @Test
    void a_rejection_aborts_and_reports_its_code() {
        service.answers(
                409, Map.of(), "{\"entente\": {\"reason\": \"REJECTED\", \"code\": \"POOR\", \"message\": \"no {\"}}");

        BranchFailed failed = catchThrowableOfType(BranchFailed.class, this::transfer);

        assertThat(failed.isRejected()).isTrue();
        assertThat(failed.rejection()).isEqualTo("POOR");
        assertThat(failed.gid() + " " + failed.branch()).isEqualTo("transfer-1 debit");
        assertThat(failed).hasMessageContaining("HTTP 409: REJECTED: POOR: no {");
        assertThat(service.arrivals).hasSize(1);
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @ParameterizedTest
    @CsvSource({
        "302, UNIMPLEMENTED, ''",
        "400, FAILED_PRECONDITION, ''",
        "401, UNAUTHENTICATED, ''",
        "403, PERMISSION_DENIED, <html>",
        "404, UNIMPLEMENTED, '{\"entente\": 7}'",
        "405, UNIMPLEMENTED, 'null'",
        "410, FAILED_PRECONDITION, ''",
        "422, FAILED_PRECONDITION, '{\"entente\": {\"reason\": \"SOMETHING\"}}'",
        "500, STALE_FENCE, '{\"entente\": {\"reason\": \"STALE_FENCE\"}}'",
        "503, NOT_FOUND, '{\"other\": 1, \"entente\": {\"reason\": \"NOT_FOUND\"}}'"
    })
    void a_definite_error_is_final_and_not_repeated(int status, String code, String body) {
        service.answers(status, Map.of("location", "/elsewhere"), body);

        assertThatThrownBy(this::transfer)
                .hasMessageContaining("HTTP " + status)
                .isInstanceOfSatisfying(BranchFailed.class, failed -> {
                    assertThat(failed.code()).isEqualTo(code);
                    assertThat(failed.isRejected()).isFalse();
                });
        assertThat(service.arrivals).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"500", "503", "408", "429", "0"})
    void an_unknown_outcome_is_retried_up_to_the_maximum_of_attempts(int status) {
        for (int i = 0; i < 3; i++) {
            service.answers(status, Map.of(), "");
        }

        assertThatThrownBy(this::transfer)
                .isInstanceOfSatisfying(
                        BranchFailed.class, failed -> assertThat(failed.code()).isEqualTo("UNAVAILABLE"));
        assertThat(service.arrivals)
                .extracting(arrival -> arrival.header("entente-attempt"))
                .containsExactly("1", "2", "3");
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void an_in_progress_answer_does_not_count_as_an_attempt() {
        service.answers(202, Map.of("retry-after", "0"), "");
        service.answers(425, Map.of(), "");
        service.answers(503, Map.of("retry-after", "never"), "{\"entente\": {\"reason\": \"IN_PROGRESS\"}}");

        assertThat(transfer()).isEqualTo(new Frozen("f-1"));
        assertThat(service.arrivals).hasSize(4);
    }

    @Test
    void a_retry_delay_beyond_the_remaining_time_ends_the_try() {
        service.answers(503, Map.of("retry-after", "86400"), "");

        assertThatThrownBy(this::transfer).isInstanceOf(BranchFailed.class).hasMessageContaining("HTTP 503");
        assertThat(service.arrivals).hasSize(1);
    }

    @Test
    void an_unanswered_attempt_ends_with_DEADLINE_EXCEEDED() {
        service.answers(-1, Map.of(), "");

        assertThatThrownBy(() -> transfer(freeze().timeout(Duration.ofMillis(50))
                        .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(1), 1))))
                .isInstanceOfSatisfying(
                        BranchFailed.class, failed -> assertThat(failed.code()).isEqualTo("DEADLINE_EXCEEDED"));
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void a_refused_connection_is_reported_as_UNAVAILABLE() {
        service.close();

        assertThatThrownBy(this::transfer)
                .isInstanceOfSatisfying(
                        BranchFailed.class, failed -> assertThat(failed.code()).isEqualTo("UNAVAILABLE"))
                .hasMessageContaining(service.authority());
    }

    @Test
    void an_unreadable_answer_aborts_the_scope_without_another_attempt() {
        service.answers(200, Map.of(), "[1]");

        assertThatThrownBy(this::transfer)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'transfer-1'", "'debit'", Frozen.class.getName());
        assertThat(service.arrivals).hasSize(1);
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void a_too_large_answer_fails_the_try_without_another_attempt() {
        service.answers(200, Map.of(), "x".repeat((1 << 20) + 1));

        assertThatThrownBy(this::transfer).isInstanceOf(BranchFailed.class).hasMessageContaining("more than 1048576");
        assertThat(service.arrivals).hasSize(1);
    }

    @Test
    void children_named_in_an_answer_are_committed() {
        service.answers(200, Map.of("entente-tried", "fee,fee/tax"), "{}");

        transfer();

        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit", "debit/fee", "debit/fee/tax");
    }

    @Test
    void a_call_that_cannot_be_made_is_refused_before_the_registration() {
        assertThatThrownBy(() -> transfer(entente.participant("elsewhere").post("/x")))
                .hasMessageContaining("participant(\"elsewhere\", \"http://host:port\")");
        assertThatThrownBy(() -> transfer("2", entente.participant("bank").post("/x")))
                .hasMessageContainingAll("is bank:7801 here", "participant(\"bank\", \"http://host:port\")");
        assertThatThrownBy(() -> transfer(
                        "3",
                        accounts.call(
                                bank.v1.AccountServiceGrpc.getTryFreezeMethod(),
                                bank.v1.FreezeRequest.getDefaultInstance())))
                .hasMessageContainingAll("over gRPC", "participant(\"accounts\", \"host:port\")");
        try (Entente bare = client().build()) {
            Participant unmapped = bare.participant("accounts");
            assertThatThrownBy(() -> transfer("4", unmapped.post("/x")))
                    .hasMessageContaining("Entente.builder(…).json(");
        }
        assertThatThrownBy(() -> transfer("5", accounts.topic("orders"))).hasMessageContaining("'orders'");
        assertThat(coordinator.registers).isEmpty();
    }

    /** Runs a transaction with its own gid. */
    private void transfer(String number, Call<?> tryCall) {
        entente.tcc("transfer")
                .gid("transfer-" + number)
                .execute(scope -> scope.tryBranch("debit", tryCall, settle(), settle()));
    }
}
