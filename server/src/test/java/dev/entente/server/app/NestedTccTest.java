package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.ReplayTransactionResponse;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Nested branches, and decisions at the deadline, on a real server. An HTTP participant records the tries, confirms and
 * cancels.
 */
class NestedTccTest {
    private static final Answer OK = Answer.of(200, "{}");
    private static final Answer NO = Answer.of(409, "{\"entente\":{\"reason\":\"REJECTED\"}}");

    /** The handlers of calls, by "gid branch op". */
    private static final Map<String, LoopbackHttp.Handler> HANDLERS = new ConcurrentHashMap<>();

    /**
     * A plan with a deadline that the test moves to now in the database. The row stays due an hour later, so that no
     * coordinator claims the row before.
     */
    private static final Plan TIMED = SamplePlans.emptyTcc("").toBuilder()
            .setDeadline(Durations.fromHours(1))
            .build();

    private static LoopbackHttp bank;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        bank = LoopbackHttp.start(call -> HANDLERS.getOrDefault(
                        call.header("entente-gid") + " " + call.header("entente-branch") + " "
                                + call.header("entente-op"),
                        _ -> OK)
                .answer(call));
        server = LocalCoordinator.start("participants.bank.target", bank.url());
    }

    @AfterAll
    static void stop() {
        server.close();
        bank.close();
    }

    @Test
    void declared_branches_are_tried_parents_first_down_to_the_leaves() {
        Transaction ended = submit("declared", tcc("a", "a/x", "a/x/y"));

        assertThat(ended.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(calls("declared"))
                .containsExactly("a try", "a/x try", "a/x/y try", "a confirm", "a/x confirm", "a/x/y confirm");
    }

    @Test
    void a_refused_declared_child_cancels_its_parents_after_their_children() {
        HANDLERS.put("refused a/x/y try", _ -> NO);
        Transaction ended = submit("refused", tcc("a", "a/x", "a/x/y"));

        assertThat(ended.getState()).isEqualTo(Transaction.State.ABORTED);
        assertThat(calls("refused")).containsExactly("a try", "a/x try", "a/x/y try", "a/x cancel", "a cancel");
    }

    @Test
    void a_branch_registered_at_run_time_is_in_the_history_and_replays() {
        HANDLERS.put("joined a try", _ -> {
            register("joined", "a/x");
            return OK;
        });
        Transaction ended = submit("joined", tcc("a", "b"));

        assertThat(ended.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(registered("joined")).containsExactly("a/x");
        ReplayTransactionResponse replay = server.replay("joined");
        assertThat(replay.getMatches()).isTrue();
        assertThat(replay.getStates(0).getBranchesList()).hasSize(2);
        assertThat(replay.getStates(replay.getStatesCount() - 1).getBranchesList())
                .hasSize(3);
    }

    @Test
    void a_clients_branches_are_in_the_history_before_and_after_the_commit() {
        server.begin(SamplePlans.emptyTcc("begun"));
        register("begun", "a");
        register("begun", "a/x");
        assertThat(registered("begun")).containsExactly("a", "a/x");
        assertThat(server.replay("begun").getMatches()).isTrue();

        Transaction ended = commit("begun", "a", "a/x");

        assertThat(ended.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(registered("begun")).containsExactly("a", "a/x");
        assertThat(server.replay("begun").getMatches()).isTrue();
    }

    @Test
    void a_child_missing_in_its_parents_response_cancels_all_and_is_named() {
        HANDLERS.put("left-out a try", _ -> {
            register("left-out", "a/x");
            register("left-out", "a/y");
            return named("y");
        });
        Transaction ended = submit("left-out", tcc("a"));

        assertThat(ended.getState()).isEqualTo(Transaction.State.ABORTED);
        assertThat(ended.getDetail()).contains("'a/x'");
        assertThat(server.described("left-out").getHistoryList().stream().filter(HistoryEvent::getChildLeftOut))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.getBranch() + " " + event.getOutcome()).isEqualTo("a FAILED"));
        assertThat(calls("left-out"))
                .containsExactlyInAnyOrder("a try", "a/x cancel", "a/y cancel", "a cancel")
                .endsWith("a cancel");
        assertThat(server.replay("left-out").getMatches()).isTrue();
    }

    @Test
    void a_child_named_in_its_parents_response_is_confirmed() {
        HANDLERS.put("named a try", _ -> {
            register("named", "a/x");
            register("named", "a/x/y");
            return named("x, x/y");
        });

        assertThat(submit("named", tcc("a")).getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(calls("named")).containsExactly("a try", "a confirm", "a/x confirm", "a/x/y confirm");
    }

    @Test
    void a_commit_without_a_nested_branch_is_refused_with_its_path() {
        server.begin(SamplePlans.emptyTcc("begun-2"));
        register("begun-2", "a");
        register("begun-2", "a/x");

        assertThatThrownBy(() -> commit("begun-2", "a"))
                .hasMessageContaining("ENT-045")
                .hasMessageContaining("'a/x'");
        assertThatThrownBy(() -> commit("begun-2", "a/x"))
                .hasMessageContaining("ENT-045")
                .hasMessageContaining("'a'");
        assertThat(server.described("begun-2").getState()).isEqualTo(Transaction.State.BEGUN);
        assertThat(commit("begun-2", "a", "a/*").getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    // ---- the deadline, which commit and register compare with the time themselves

    /** Moves the deadline to the database's current time. */
    private static void moveDeadline(String gid) {
        server.execute("update open_transaction set deadline_at = now() where gid = '" + gid + "'");
    }

    private static String refusal(Runnable act) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, act::run);
        assertThat(refused).isNotNull();
        return String.valueOf(refused.getStatus().getDescription());
    }

    @Test
    void a_commit_at_the_deadline_is_refused_and_all_branches_are_cancelled() {
        String gid = "late-commit";
        server.begin(TIMED.toBuilder().setGid(gid).build());
        register(gid, "a");
        moveDeadline(gid);

        assertThat(refusal(() -> server.commit(gid, "a"))).contains("ENT-040", "DEADLINE");

        Awaitility.await().until(() -> server.get(gid).getState() == Transaction.State.ABORTED);
        assertThat(server.get(gid).getAbortReason()).isEqualTo(Transaction.AbortReason.DEADLINE);
        assertThat(calls(gid)).containsExactly("a cancel");
    }

    /** An empty commit would finish with its first write. */
    @Test
    void an_empty_commit_at_the_deadline_is_refused() {
        server.begin(TIMED.toBuilder().setGid("late-empty").build());
        moveDeadline("late-empty");

        assertThat(refusal(() -> server.commit("late-empty"))).contains("ENT-040", "DEADLINE");
        assertThat(server.get("late-empty").getState()).isEqualTo(Transaction.State.ABORTED);
    }

    @Test
    void a_registration_at_the_deadline_is_refused() {
        server.begin(TIMED.toBuilder().setGid("late-branch").build());
        register("late-branch", "a");
        moveDeadline("late-branch");

        assertThat(refusal(() -> register("late-branch", "b"))).contains("ENT-040", "deadline");
        assertThat(refusal(() -> server.commit("late-branch", "a"))).contains("ENT-040");
        Awaitility.await().until(() -> server.get("late-branch").getState() == Transaction.State.ABORTED);
        assertThat(server.get("late-branch").getBranchesList()).hasSize(1);
    }

    @Test
    void a_registration_and_a_commit_before_the_deadline_are_accepted() {
        server.begin(TIMED.toBuilder().setGid("in-time").build());
        register("in-time", "a");
        server.commit("in-time", "a");

        Awaitility.await().until(() -> server.get("in-time").getState() == Transaction.State.SUCCEEDED);
        assertThat(calls("in-time")).containsExactly("a confirm");
    }

    private static Answer named(String children) {
        return new Answer(200, Map.of("entente-tried", children), "{}");
    }

    // ---- plans and requests

    private static Tcc tcc(String... paths) {
        Tcc.Builder tcc = Tcc.newBuilder();
        Arrays.stream(paths).forEach(path -> tcc.addBranches(branch(path)));
        return tcc.build();
    }

    private static TccBranch branch(String path) {
        int slash = path.lastIndexOf('/');
        return TccBranch.newBuilder()
                .setParent(slash < 0 ? "" : path.substring(0, slash))
                .setId(path.substring(slash + 1))
                .setTry(call())
                .setConfirm(call())
                .setCancel(call())
                .build();
    }

    private static Operation call() {
        return SamplePlans.http("bank", "/");
    }

    private static Transaction submit(String gid, Tcc tcc) {
        return server.run(SamplePlans.emptyTcc(gid).toBuilder().setTcc(tcc).build());
    }

    private static void register(String gid, String path) {
        server.register(gid, branch(path));
    }

    private static Transaction commit(String gid, String... branches) {
        return server.transactions()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid(gid)
                        .addAllBranches(List.of(branches))
                        .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                        .build());
    }

    // ---- results

    private static List<String> calls(String gid) {
        return bank.arrived().stream()
                .filter(call -> call.header("entente-gid").equals(gid))
                .map(call -> call.header("entente-branch") + " " + call.header("entente-op"))
                .toList();
    }

    private static List<String> registered(String gid) {
        return server.described(gid).getHistoryList().stream()
                .filter(event -> event.getKind().equals("BRANCH_REGISTERED"))
                .map(HistoryEvent::getBranch)
                .toList();
    }
}
