package dev.entente.server.app;

import static dev.entente.server.app.TwoOperators.aborted;
import static dev.entente.server.app.TwoOperators.refused;
import static dev.entente.server.app.TwoOperators.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.cli.Cli;
import dev.entente.v1.ActRequest;
import dev.entente.v1.Body;
import dev.entente.v1.ConfirmActRequest;
import dev.entente.v1.ConfirmActResponse;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.ListActRequestsRequest;
import dev.entente.v1.ListActRequestsResponse;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.WithdrawActRequest;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers that want two persons for what cannot be taken back. */
class SecondPersonTest {
    @TempDir
    static Path folder;

    private static TwoOperators operators;

    @BeforeAll
    static void start() throws IOException {
        operators = new TwoOperators(folder);
    }

    @AfterAll
    static void stop() {
        operators.close();
    }

    private static ConfirmActRequest yes(long id) {
        return ConfirmActRequest.newBuilder()
                .setId(id)
                .setReason("I have looked")
                .build();
    }

    private static WithdrawActRequest no(long id) {
        return WithdrawActRequest.newBuilder().setId(id).setReason("not so").build();
    }

    private static List<ActRequest> listed(String gid) {
        return operators
                .operator("carol")
                .listActRequests(ListActRequestsRequest.newBuilder().setGid(gid).build())
                .getRequestsList();
    }

    @Test
    void what_one_person_asks_for_waits_and_what_another_confirms_is_done() {
        operators.parked("done");
        long id = operators.asked("alice", "done");
        assertThat(operators.get("done").getTerminal()).isFalse();
        assertThat(operators.get("done").hasParked()).isTrue();
        assertThat(listed("done")).singleElement().satisfies(open -> {
            assertThat(open.getId()).isEqualTo(id);
            assertThat(open.getActor()).isEqualTo("alice");
            assertThat(open.getAct()).isEqualTo("force-finish");
            assertThat(open.getForceFinish()).isEqualTo(aborted("done"));
            assertThat(open.getRevision())
                    .isEqualTo(operators.get("done").getRevision())
                    .isPositive();
            assertThat(open.getUntil().getSeconds() - open.getTime().getSeconds())
                    .isEqualTo(3600);
        });
        Transaction ended = operators.operator("bob").confirmAct(yes(id)).getTransaction();
        assertThat(ended.getState()).isEqualTo(Transaction.State.ABORTED);
        assertThat(ended.getForced()).isTrue();
        assertThat(listed("done")).isEmpty();
        assertThat(operators.entries("ask force-finish", "alice", "done")).isEqualTo(1);
        assertThat(operators.number("select count(*) from audit_entry where act = 'force-finish' and actor = 'alice'"
                        + " and gid = 'done' and reason = 'it is lost (request " + id + ", confirmed by bob)'"))
                .isEqualTo(1);
        assertThat(operators.number("select count(*) from audit_entry where act = 'confirm' and actor = 'bob'"
                        + " and gid = 'done' and reason = 'request " + id
                        + ", force-finish of alice: I have looked' and after = 'ABORTED'"))
                .isEqualTo(1);
        // An act that waits is no refused one.
        assertThat(operators.number("select count(*) from audit_entry where gid = 'done' and after like 'REFUSED%'"))
                .isZero();
    }

    @Test
    void programs_find_the_id_of_the_request_in_the_answers_details() throws IOException {
        operators.parked("details");
        StatusRuntimeException waits = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> operators.operator("alice").forceFinishTransaction(aborted("details")));
        ErrorInfo info = Objects.requireNonNull(StatusProto.fromThrowable(waits))
                .getDetails(0)
                .unpack(ErrorInfo.class);
        assertThat(info.getReason()).isEqualTo("ENT-046");
        assertThat(info.getMetadataMap())
                .containsEntry(
                        "request", Long.toString(listed("details").getFirst().getId()))
                .containsKey("until");
    }

    @Test
    void nobody_is_two_persons_not_even_with_another_token_at_another_coordinator() {
        operators.held("same");
        long id = operators.asked("alice", "same");
        refused(() -> operators.operator("alice").confirmAct(yes(id)), "ENT-047");
        refused(() -> operators.operator("alice", 1).confirmAct(yes(id)), "ENT-047");
        refused(() -> operators.operator("viewer").confirmAct(yes(id)), "ENT-061");
        refused(() -> operators.operator("shop").confirmAct(yes(id)), "ENT-061");
        assertThat(operators.get("same").getTerminal()).isFalse();
        assertThat(listed("same")).hasSize(1);
    }

    @Test
    void a_peer_passes_on_both_the_asking_and_the_confirming_person() {
        operators.held("peer");
        ResolveBranchRequest resolve = ResolveBranchRequest.newBuilder()
                .setGid("peer")
                .setBranch("only")
                .setOp("action")
                .setReason("seen")
                .setNeverHappened(true)
                .build();
        long id = waiting(() -> operators.operator("alice", 1).resolveBranch(resolve));
        assertThat(listed("peer").getFirst().getActor()).isEqualTo("alice");
        refused(() -> operators.operator("alice", 1).confirmAct(yes(id)), "ENT-047");
        var _ = operators.operator("bob", 1).withdrawAct(no(id));
        // Each attempt moves the transaction: it is asked for anew until one request is confirmed in time.
        Awaitility.await().until(() -> {
            long forced = waiting(() -> operators.operator("alice", 1).forceFinishTransaction(aborted("peer")));
            String said = confirmed("bob", 1, forced);
            assertThat(said).matches(".*(done|ENT-044|ENT-055).*");
            return said.equals("done");
        });
        assertThat(operators.entries("force-finish", "alice", "peer")).isEqualTo(1);
        assertThat(operators.number("select count(*) from audit_entry where act = 'confirm' and actor = 'bob'"
                        + " and gid = 'peer' and after = 'ABORTED'"))
                .isEqualTo(1);
    }

    @Test
    void a_transaction_that_has_changed_since_is_left_alone_and_can_be_asked_for_anew() {
        operators.parked("moved");
        long id = operators.asked("alice", "moved");
        var _ = operators
                .operator("carol")
                .retryTransaction(OperateRequest.newBuilder()
                        .setGid("moved")
                        .setReason("again")
                        .build());
        assertThat(refused(() -> operators.operator("bob").confirmAct(yes(id)), "ENT-044"))
                .contains("request " + id);
        assertThat(operators.get("moved").getTerminal()).isFalse();
        var _ = operators
                .operator("carol")
                .parkTransaction(OperateRequest.newBuilder().setGid("moved").build());
        long anew = operators.asked("alice", "moved");
        assertThat(anew).isGreaterThan(id);
        assertThat(listed("moved")).extracting(ActRequest::getId).containsExactly(anew);
        assertThat(operators
                        .operator("bob")
                        .confirmAct(yes(anew))
                        .getTransaction()
                        .getForced())
                .isTrue();
    }

    @Test
    void an_expired_request_is_never_run() {
        operators.parked("expired");
        long id = operators.asked("alice", "expired");
        operators.execute("update act_request set until_at = now() where id = " + id);
        refused(() -> operators.operator("bob").confirmAct(yes(id)), "ENT-048");
        refused(() -> operators.operator("bob").withdrawAct(no(id)), "ENT-048");
        assertThat(listed("expired")).isEmpty();
        assertThat(operators.get("expired").getTerminal()).isFalse();
        assertThat(operators.asked("carol", "expired")).isGreaterThan(id);
    }

    @Test
    void anybody_who_operates_may_withdraw_also_who_asked() {
        operators.parked("withdrawn");
        long first = operators.asked("alice", "withdrawn");
        assertThat(operators.operator("alice").withdrawAct(no(first)).getActor())
                .isEqualTo("alice");
        long second = operators.asked("alice", "withdrawn");
        var _ = operators.operator("carol").withdrawAct(no(second));
        refused(() -> operators.operator("bob").confirmAct(yes(second)), "ENT-048");
        refused(() -> operators.operator("viewer").withdrawAct(no(second)), "ENT-061");
        assertThat(operators.entries("withdraw force-finish", "alice", "withdrawn"))
                .isEqualTo(1);
        assertThat(operators.entries("withdraw force-finish", "carol", "withdrawn"))
                .isEqualTo(1);
        assertThat(operators.get("withdrawn").getTerminal()).isFalse();
    }

    @Test
    void two_confirmations_at_once_do_it_once() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 5; round++) {
                String gid = "race-" + round;
                operators.parked(gid);
                long id = operators.asked("alice", gid);
                List<CompletableFuture<String>> answers = List.of(
                        CompletableFuture.supplyAsync(() -> confirmed("bob", 0, id), threads),
                        CompletableFuture.supplyAsync(() -> confirmed("carol", 1, id), threads));
                List<String> said = List.of(
                        answers.get(0).get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS),
                        answers.get(1).get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS));
                assertThat(said).containsOnlyOnce("done").anyMatch(each -> each.contains("ENT-048"));
                assertThat(operators.entries("force-finish", "alice", gid)).isEqualTo(1);
                assertThat(operators.number(
                                "select count(*) from audit_entry where act = 'confirm' and after = 'ABORTED'"
                                        + " and gid = '" + gid + "'"))
                        .isEqualTo(1);
            }
        }
    }

    private static String confirmed(String principal, int node, long id) {
        try {
            return operators.operator(principal, node).confirmAct(yes(id)).hasTransaction() ? "done" : "nothing";
        } catch (StatusRuntimeException refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    @Test
    void one_act_of_a_transaction_has_one_request() {
        operators.parked("one");
        long id = operators.asked("alice", "one");
        assertThat(operators.asked("carol", "one")).isEqualTo(id);
        ForceFinishRequest other =
                aborted("one").toBuilder().setAs(Transaction.State.SUCCEEDED).build();
        assertThat(refused(() -> operators.operator("carol").forceFinishTransaction(other), "ENT-045"))
                .contains("request " + id, "alice");
        assertThat(listed("one"))
                .singleElement()
                .satisfies(open -> assertThat(open.getForceFinish().getAs()).isEqualTo(Transaction.State.ABORTED));
    }

    @Test
    void what_has_ended_or_is_unknown_is_refused_at_once() {
        operators.parked("ended");
        var _ = operators.operator("bob").confirmAct(yes(operators.asked("alice", "ended")));
        refused(() -> operators.operator("alice").forceFinishTransaction(aborted("ended")), "ENT-045");
        refused(() -> operators.operator("alice").forceFinishTransaction(aborted("nobodys")), "ENT-030");
        refused(() -> operators.operator("bob").confirmAct(yes(987_654)), "ENT-048");
        assertThat(listed("ended")).isEmpty();
    }

    @Test
    void a_stated_response_is_shown_to_who_asks_for_the_transaction_alone() {
        operators.parked("stated");
        ResolveBranchRequest resolve = ResolveBranchRequest.newBuilder()
                .setGid("stated")
                .setBranch("only")
                .setOp("action")
                .setDone(Body.newBuilder().setRaw(ByteString.copyFrom(new byte[] {8, 7})))
                .setReason("seen in their books")
                .build();
        long id = waiting(() -> operators.operator("alice").resolveBranch(resolve));
        assertThat(listed("stated").getFirst().getResolve()).isEqualTo(resolve);
        ListActRequestsResponse all =
                operators.operator("carol").listActRequests(ListActRequestsRequest.getDefaultInstance());
        assertThat(all.getRequestsList())
                .filteredOn(open -> open.getId() == id)
                .singleElement()
                .satisfies(
                        open -> assertThat(open.getResolve().getDone().getRaw().isEmpty())
                                .isTrue());
        ConfirmActResponse done = operators.operator("bob").confirmAct(yes(id));
        assertThat(done.getTransaction().getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(operators.entries("resolve", "alice", "stated")).isEqualTo(1);
        Awaitility.await()
                .until(() -> operators.number(
                                "select count(*) from audit_entry where act = 'read-requests' and actor = 'carol'"
                                        + " and reason = 'stated'")
                        > 0);
    }

    @Test
    void a_recovery_releases_what_was_seen_and_nothing_else() {
        operators.parked("restored");
        park("restored");
        RecoverTransactionsRequest release = RecoverTransactionsRequest.newBuilder()
                .setRelease(true)
                .setReason("nothing is lost")
                .build();
        assertThat(operators
                        .operator("alice")
                        .recoverTransactions(RecoverTransactionsRequest.getDefaultInstance())
                        .getParked())
                .isEqualTo(1);
        long id = waiting(() -> operators.operator("alice").recoverTransactions(release));
        refused(() -> operators.operator("alice").confirmAct(yes(id)), "ENT-047");
        operators.parked("restored-too");
        park("restored-too");
        refused(() -> operators.operator("bob").confirmAct(yes(id)), "ENT-044");
        assertThat(parkedForRecovery()).isEqualTo(2);
        long anew = waiting(() -> operators.operator("alice").recoverTransactions(release));
        RecoverTransactionsResponse done =
                operators.operator("bob").confirmAct(yes(anew)).getRecovery();
        assertThat(done.getReleased()).isEqualTo(2);
        assertThat(parkedForRecovery()).isZero();
        assertThat(operators.entries("recover", "alice", "")).isEqualTo(1);
        assertThat(operators.number(
                        "select count(*) from audit_entry where act = 'confirm' and actor = 'bob' and after ="
                                + " 'released'"))
                .isEqualTo(1);
        assertThat(listed("")).noneMatch(open -> open.getAct().equals("recover"));
    }

    private static void park(String gid) {
        operators.execute("update open_transaction set parked_reason = 'RESTORED: test' || e'\\n' || parked_reason"
                + " where gid = '" + gid + "'");
    }

    private static long parkedForRecovery() {
        return operators.number("select count(*) from open_transaction where parked_reason like 'RESTORED%'");
    }

    @Test
    void the_command_line_asks_lists_confirms_and_withdraws() throws IOException {
        operators.parked("typed");
        Cli asked = typed("alice", "tx", "force-finish", "typed", "--as", "ABORTED", "--reason", "lost");
        assertThat(asked.exit()).isEqualTo(4);
        assertThat(asked.err()).contains("ENT-046", "entente acts confirm");
        String id = Long.toString(listed("typed").getFirst().getId());
        assertThat(typed("bob", "acts", "list", "--gid", "typed").out())
                .contains(id, "alice", "force-finish as ABORTED", "lost");
        assertThat(typed("alice", "acts", "confirm", id).err()).contains("ENT-047");
        assertThat(typed("carol", "acts", "withdraw", id, "--reason", "no").out())
                .contains("request " + id + " is withdrawn");
        var _ = typed("alice", "tx", "force-finish", "typed", "--as", "ABORTED", "--reason", "lost");
        String again = Long.toString(listed("typed").getFirst().getId());
        Cli confirmed = typed("bob", "acts", "confirm", again, "-o", "json");
        assertThat(confirmed.exit()).as(confirmed.err()).isZero();
        assertThat(confirmed.json().getAsJsonObject("transaction").get("forced").getAsBoolean())
                .isTrue();
    }

    private static Cli typed(String principal, String... arguments) throws IOException {
        Path token = folder.resolve(principal);
        Files.writeString(token, operators.secret(principal));
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--target", operators.target(), "--token-file", token.toString()));
        return Cli.run(all.toArray(new String[0]));
    }
}
