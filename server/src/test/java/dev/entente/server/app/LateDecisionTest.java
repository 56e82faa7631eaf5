package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.HttpCall;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import io.grpc.StatusRuntimeException;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Commit and RegisterBranch compare the time themselves: the deadline of a row is moved to now in the database, while
 * the row stays due an hour later, so nobody else looks at it.
 */
class LateDecisionTest {
    private static LoopbackHttp bank;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        bank = LoopbackHttp.start(_ -> Answer.of(200, "{}"));
        server = LocalCoordinator.start("participants.bank.target", bank.url());
    }

    @AfterAll
    static void stop() {
        server.close();
        bank.close();
    }

    private static Operation call(String path) {
        return Operation.newBuilder()
                .setHttp(HttpCall.newBuilder().setParticipant("bank").setPath("/" + path))
                .build();
    }

    private static void begin(String gid) {
        Plan plan = Plan.newBuilder()
                .setGid(gid)
                .setName("transfer")
                .setDeadline(Duration.newBuilder().setSeconds(3600))
                .setTcc(Tcc.getDefaultInstance())
                .build();
        var _ = server.transactions()
                .beginTransaction(
                        BeginTransactionRequest.newBuilder().setPlan(plan).build());
    }

    private static void register(String gid, String branch) {
        TccBranch.Builder tcc = TccBranch.newBuilder()
                .setId(branch)
                .setTry(call("try"))
                .setConfirm(call("confirm"))
                .setCancel(call("cancel"));
        var _ = server.transactions()
                .registerBranch(RegisterBranchRequest.newBuilder()
                        .setGid(gid)
                        .setTcc(tcc)
                        .build());
    }

    private static void commit(String gid, String... branches) {
        var _ = server.transactions()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid(gid)
                        .addAllBranches(List.of(branches))
                        .build());
    }

    /** To this very moment of the database. */
    private static void moveDeadline(String gid) {
        server.execute("update open_transaction set deadline_at = now() where gid = '" + gid + "'");
    }

    private static String refusal(Runnable act) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, act::run);
        assertThat(refused).isNotNull();
        return String.valueOf(refused.getStatus().getDescription());
    }

    private static List<String> pathsOf(String gid) {
        return bank.arrived().stream()
                .filter(call -> call.header("entente-gid").equals(gid))
                .map(LoopbackHttp.Arrived::path)
                .toList();
    }

    @Test
    void a_commit_at_the_deadline_or_later_is_refused_and_all_is_cancelled() {
        String gid = "late-commit";
        begin(gid);
        register(gid, "a");
        moveDeadline(gid);

        assertThat(refusal(() -> commit(gid, "a"))).contains("ENT-040", "DEADLINE");

        Awaitility.await().until(() -> server.get(gid).getState() == Transaction.State.ABORTED);
        assertThat(server.get(gid).getAbortReason()).isEqualTo(Transaction.AbortReason.DEADLINE);
        assertThat(pathsOf(gid)).containsExactly("/cancel");
    }

    /** It would end with its first write. */
    @Test
    void a_commit_of_nothing_is_refused_as_well() {
        begin("late-empty");
        moveDeadline("late-empty");

        assertThat(refusal(() -> commit("late-empty"))).contains("ENT-040", "DEADLINE");
        assertThat(server.get("late-empty").getState()).isEqualTo(Transaction.State.ABORTED);
    }

    @Test
    void a_branch_that_comes_at_the_deadline_or_later_joins_no_more() {
        begin("late-branch");
        register("late-branch", "a");
        moveDeadline("late-branch");

        assertThat(refusal(() -> register("late-branch", "b"))).contains("ENT-040", "deadline");
        assertThat(refusal(() -> commit("late-branch", "a"))).contains("ENT-040");
        Awaitility.await().until(() -> server.get("late-branch").getState() == Transaction.State.ABORTED);
        assertThat(server.get("late-branch").getBranchesList()).hasSize(1);
    }

    @Test
    void until_then_both_are_taken() {
        begin("in-time");
        register("in-time", "a");
        commit("in-time", "a");

        Awaitility.await().until(() -> server.get("in-time").getState() == Transaction.State.SUCCEEDED);
        assertThat(pathsOf("in-time")).containsExactly("/confirm");
    }
}
