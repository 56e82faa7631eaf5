package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Verifies on a real server those rows of the table of operations by state that {@code OperationTableTest} omits. */
class OperationTableRowsTest {
    private static final String NEVER = "–";
    private static final Set<String> ROWS = Set.of("register, of what its client began", "resend");
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private static LoopbackHttp bank;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        bank = LoopbackHttp.start(call -> call.path().endsWith("/stuck")
                ? new Answer(503, Map.of("Retry-After", "3600"), "")
                : Answer.of(200, "{}"));
        server = LocalCoordinator.start("participants.bank.target", bank.url());
    }

    @AfterAll
    static void stop() {
        server.close();
        bank.close();
    }

    /**
     * One cell of the table.
     *
     * @param act the operation
     * @param parked the origin of the park, if there is one
     * @param column the column's head
     * @param text the cell's text
     */
    record Cell(String act, String parked, String column, String text) {}

    static List<Cell> cells() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("..", "core", "src", "test", "resources", "operations.txt"));
        List<String[]> table = lines.subList(lines.indexOf("### Operations by state"), lines.size()).stream()
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.substring(1, line.lastIndexOf('|')).strip().split(" *\\| *", -1))
                .toList();
        List<Cell> cells = new ArrayList<>();
        for (String[] row : table) {
            for (int column = 2; column < row.length && ROWS.contains(row[0]); column++) {
                if (!row[column].equals(NEVER)) {
                    cells.add(new Cell(row[0], row[1], table.getFirst()[column], row[column]));
                }
            }
        }
        assertThat(cells).hasSize(17);
        return cells;
    }

    @ParameterizedTest
    @MethodSource("cells")
    void an_operation_has_the_effect_in_its_table_cell(Cell cell) {
        String gid = "cell-" + COUNTER.incrementAndGet();
        bring(gid, cell.column());
        if (cell.parked().equals("by an operator")) {
            server.park(gid);
        }
        int branches = server.get(gid).getBranchesCount();

        String answer = answered(() -> act(cell.act(), gid));

        switch (cell.text()) {
            case "recorded" -> {
                assertThat(answer).isEqualTo("done");
                assertThat(server.get(gid).getBranchesCount()).isEqualTo(branches + 1);
            }
            case "sent again, as a transaction of its own" -> {
                assertThat(answer).isEqualTo("done");
                assertThat(server.get(gid + "~2").getPattern().name()).isEqualTo("NOTIFICATION");
                assertThat(server.get(gid).getState()).isEqualTo(Transaction.State.GIVEN_UP);
            }
            default -> {
                assertThat(answer).contains(cell.text().substring(0, "ENT-000".length()));
                assertThat(server.get(gid).getBranchesCount())
                        .as("nothing was changed")
                        .isEqualTo(branches);
            }
        }
    }

    private static void act(String row, String gid) {
        if (row.equals("resend")) {
            var _ = server.operator().resendNotification(Client.actOn(gid));
        } else {
            register(gid, "b", "ok", "ok");
        }
    }

    private static String answered(Runnable act) {
        try {
            act.run();
            return "done";
        } catch (StatusRuntimeException refused) {
            return String.valueOf(refused.getStatus().getDescription());
        }
    }

    // ---- the states of the columns

    private static void bring(String gid, String column) {
        switch (column) {
            case "BEGUN" -> begin(gid, "ok");
            case "SCHEDULED" ->
                submit(gid, "\"start_time\":\"2999-01-01T00:00:00Z\",\"saga\":{\"steps\":[" + step("a", "ok") + "]}");
            case "RUNNING, may switch to undo" -> submit(gid, "\"saga\":{\"steps\":[" + step("a", "stuck") + "]}");
            case "RUNNING, past the pivot" ->
                submit(
                        gid,
                        "\"saga\":{\"steps\":[" + step("p", "ok").replace("{\"id\"", "{\"pivot\":true,\"id\"") + ","
                                + step("a", "stuck") + "]}");
            case "COMPLETING" -> server.commit(begin(gid, "stuck"), "a");
            case "UNDOING" -> server.abort(begin(gid, "stuck"));
            case "SUCCEEDED" -> server.commit(begin(gid, "ok"), "a");
            case "ABORTED" -> server.abort(begin(gid, "ok"));
            case "GIVEN_UP" -> submit(gid, "\"notification\":{\"deliver\":" + lastCall("stuck") + "}");
            default -> throw new AssertionError("unknown column: " + column);
        }
        Transaction.State state = Transaction.State.valueOf(column.replaceFirst(",.*", ""));
        Awaitility.await()
                .until(() ->
                        server.get(gid).getState() == state && (!isStuck(column) || hasFailedOnce(server.get(gid))));
    }

    private static boolean isStuck(String column) {
        return column.startsWith("RUNNING") || column.equals("COMPLETING") || column.equals("UNDOING");
    }

    /** Returns whether a call failed, after which the transaction waits for an hour without a call in flight. */
    private static boolean hasFailedOnce(Transaction transaction) {
        return transaction.getBranchesList().stream()
                .map(BranchStatus::getLastOutcome)
                .anyMatch(outcome -> outcome == Call.Outcome.UNKNOWN);
    }

    private static String call(String path) {
        return "{\"http\":{\"participant\":\"bank\",\"path\":\"/" + path + "\"},\"json\":{}}";
    }

    /** Returns a call with one attempt. */
    private static String lastCall(String path) {
        return call(path).replaceFirst("}$", ",\"policy\":{\"max_attempts\":1}}");
    }

    private static String step(String id, String path) {
        return "{\"id\":\"%s\",\"no_undo\":true,\"action\":%s}".formatted(id, call(path));
    }

    private static void submit(String gid, String pattern) {
        server.submit(plan(gid, pattern));
    }

    private static Plan plan(String gid, String pattern) {
        return SamplePlans.json("{\"gid\":\"" + gid + "\",\"name\":\"cell\"," + pattern + "}");
    }

    /**
     * Begins a transaction with one branch.
     *
     * @param end the path of the branch's confirm and cancel
     */
    private static String begin(String gid, String end) {
        server.begin(plan(gid, "\"deadline\":\"3600s\",\"tcc\":{}"));
        register(gid, "a", end, end);
        return gid;
    }

    private static void register(String gid, String branch, String confirm, String cancel) {
        String tcc = "{\"id\":\"%s\",\"try\":%s,\"confirm\":%s,\"cancel\":%s}"
                .formatted(branch, call("ok"), call(confirm), call(cancel));
        server.register(gid, SamplePlans.merged(tcc, TccBranch.newBuilder()).build());
    }
}
