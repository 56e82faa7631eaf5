package dev.entente.torture.load;

import dev.entente.rig.Json;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.torture.machine.CallRecords;
import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An operator who previews each action; each action must match its preview. The actions are drawn for transactions that
 * a run has left and for the transactions of a concurrent load. Each action is bound to the previewed state, and each
 * state is previewed once. Compares answers, rows, the audit and the ledgers' call records. For one thread.
 */
public final class OperationPreviewer {
    /** Much longer than all actions take, because an overloaded machine is slow. */
    private static final Duration LONGEST = Duration.ofMinutes(10);
    /** Much longer than a call needs to reach the call records. */
    private static final Duration ARRIVAL = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(10);
    /** One in this many actions is drawn for a finished transaction, which refuses all actions. */
    private static final int ENDED_IN = 4;
    /** The maximum number of draws for an open transaction, until one action is not refused. */
    private static final int DRAWS = 4;
    /** At least one in this many previewed states must be changed by its action. */
    private static final int CHANGED_IN = 10;

    /** Codes of a busy coordinator, or of an action that the pattern does not support. */
    private static final Set<Status.Code> PASSED_OVER =
            Set.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED, Status.Code.INVALID_ARGUMENT);

    private static final String ROW = """
        select 'open ' || state || ' ' || coalesce(split_part(parked_reason, ':', 1), ''), coalesce(md5(progress), '')
        from open_transaction where gid = ?
        union all select 'ended ' || state || ' ', md5(progress) from finished_transaction where gid = ?\
        """;
    /** The audit contains refusals, too, with the given reason. */
    private static final String AUDITED = "select count(*) from audit_entry where gid = ? and reason = ?"
            + " and after not like 'REFUSED%' and after not like '%unchanged'";

    private final TortureRig rig;
    private final Fleet fleet;
    private final Random random;
    private final CallRecords books;
    private final Deque<String> ended = new ArrayDeque<>();
    private final Deque<String> open = new ArrayDeque<>();
    private final Set<String> seenStates = new HashSet<>();
    private final Set<String> states = new HashSet<>();
    private final Map<String, List<PreviewedOperation>> operations = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private int tookEffect;
    /** Refused as previewed. */
    private int refused;
    /** Refused because the transaction changed after the preview. */
    private int moved;
    /** Skipped, because the action would have waited for calls in flight. */
    private int putOff;
    /** Answered without a new record, because the result was already recorded. */
    private int idle;
    /** Waited for a call that left after the preview: this wait is neither recorded nor previewed. */
    private int awaited;
    /** Previewed calls that have arrived. */
    private int calls;

    /** @param seed the seed of the drawn actions */
    public OperationPreviewer(TortureRig rig, Fleet fleet, long seed) throws IOException {
        this.rig = rig;
        this.fleet = fleet;
        this.random = new Random(seed);
        this.books = new CallRecords(rig);
    }

    /**
     * Draws actions until {@code wanted} distinct states were compared with their previews, a tenth of them changed.
     * Blocks.
     *
     * @param left finished transactions
     * @param parked other transactions that do not move
     * @param load starts transactions that move
     */
    public void draw(List<String> left, List<String> parked, Load load, int wanted) throws Exception {
        ended.addAll(left);
        open.addAll(parked);
        long endNanos = System.nanoTime() + LONGEST.toNanos();
        for (int number = 0; !hasSeen(wanted) && System.nanoTime() < endNanos; number++) {
            load.jobs().stream()
                    .filter(job -> job.answeredAt() > 0)
                    .map(Job::gid)
                    .filter(seenStates::add)
                    .forEach(open::push);
            boolean mayHaveEnded = random.nextInt(ENDED_IN) == 0 && !ended.isEmpty();
            String gid = (mayHaveEnded ? ended : open).poll();
            if (gid == null) {
                Wait.pause(PAUSE);
            } else {
                draw(gid, mayHaveEnded, number);
            }
        }
        if (!hasSeen(wanted)) {
            violations.add(
                    "preview: only %d states were compared, and only %d changed".formatted(states(), tookEffect));
        }
        for (Map.Entry<String, List<PreviewedOperation>> one : operations.entrySet()) {
            holdToBooks(one.getKey(), one.getValue());
        }
        load.anomalies().stream()
                .filter(surprise -> surprise.contains(Job.DEFECT))
                .forEach(violations::add);
    }

    private boolean hasSeen(int wanted) {
        return states() >= wanted && tookEffect >= wanted / CHANGED_IN;
    }

    /** @param mayHaveEnded whether a finished transaction gets an action, too */
    private void draw(String gid, boolean mayHaveEnded, int number) throws Exception {
        OperatorClient coordinator = fleet.coordinator(number);
        try {
            Transaction seen = read(coordinator, gid, View.BASIC);
            if (seen.getTerminal() && !mayHaveEnded) {
                ended.addLast(gid);
                return;
            }
            int draws = mayHaveEnded ? 1 : DRAWS;
            DrawnOperation drawn;
            long previewedAt;
            OperationPreview preview;
            do {
                drawn = new DrawnOperation(seen, random.nextLong(), "torture-" + number);
                previewedAt = System.currentTimeMillis();
                preview = coordinator.operator().previewAct(drawn.request(0, 0));
            } while (--draws > 0 && preview.hasRefused());
            if (preview.getDeferred()) {
                putOff++;
            } else if (states.add(gid + " " + preview.getRevision())) {
                PreviewActRequest request = drawn.request(preview.getRevision(), preview.getFence());
                List<String> row = row(gid);
                PreviewedOperation previewed =
                        new PreviewedOperation(request, preview, previewedAt, System.currentTimeMillis());
                take(fleet.coordinator(number + 1), drawn.reason(), previewed, row);
            }
        } catch (StatusRuntimeException unanswered) {
            if (!isPassedOver(unanswered.getStatus())) {
                violations.add("preview of " + gid + ": no response: " + unanswered.getStatus());
            } else if (unanswered.getStatus().getCode() == Status.Code.INVALID_ARGUMENT) {
                open.addLast(gid); // for another action
            }
        }
    }

    private static boolean isPassedOver(Status status) {
        return PASSED_OVER.contains(status.getCode());
    }

    private static Transaction read(OperatorClient coordinator, String gid, View view) {
        return coordinator
                .transactions()
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setView(view)
                        .build());
    }

    private void take(OperatorClient coordinator, String reason, PreviewedOperation previewed, List<String> row)
            throws Exception {
        try {
            Transaction answer = DrawnOperation.take(coordinator, previewed.act());
            boolean isOvertaken = previewed.isOvertaken(System.currentTimeMillis());
            Transaction then = read(coordinator, previewed.gid(), View.OUTLINE);
            if (isOvertaken || previewed.hasAwaited(then)) {
                states.remove(key(previewed));
                awaited += isOvertaken ? 0 : 1;
            } else {
                tookEffect += previewed.isRecorded() ? 1 : 0;
                idle += previewed.isRecorded() ? 0 : 1;
                keep(previewed);
                holdDone(coordinator, reason, previewed, answer, then);
            }
            open.addLast(previewed.gid()); // the transaction now has another state
        } catch (StatusRuntimeException no) {
            refused(coordinator, no.getStatus(), previewed, reason, row);
        }
    }

    private void keep(PreviewedOperation previewed) {
        operations.computeIfAbsent(previewed.gid(), _ -> new ArrayList<>()).add(previewed);
    }

    private static String key(PreviewedOperation previewed) {
        return previewed.gid() + " " + previewed.preview().getRevision();
    }

    // ---- refused actions

    private void refused(
            OperatorClient coordinator, Status no, PreviewedOperation previewed, String reason, List<String> row)
            throws Exception {
        List<String> found = previewed.refusedWith(String.valueOf(no.getDescription()));
        if (isPassedOver(no) || previewed.isOvertaken(System.currentTimeMillis())) {
            states.remove(key(previewed)); // the result is not conclusive
            return;
        } else if (!found.isEmpty()) {
            if (previewed.hasMoved(coordinator.operator().previewAct(previewed.act()))) {
                moved++;
            } else {
                violations.add(previewed.violation("was refused: " + no));
            }
        } else {
            refused++;
            keep(previewed);
            if (previewed.isAtRest() && !row(previewed.gid()).equals(row)) {
                violations.add(previewed.violation("was refused, and changed " + row + " to " + row(previewed.gid())));
            }
        }
        if (audited(previewed.gid(), reason) > 0) {
            violations.add(previewed.violation("was refused, and is in the audit"));
        }
    }

    private long audited(String gid, String reason) throws SQLException {
        return rows().number(AUDITED, gid, reason);
    }

    private SqlDatabase rows() {
        return rig.postgres().ask(TortureRig.COORDINATOR_DATABASE);
    }

    /** Returns the content of the row: its table, the state and the reason of a park; then a digest of the rest. */
    private List<String> row(String gid) throws SQLException {
        return rows().rows(row -> List.of(row.getString(1), row.getString(2)), ROW, gid, gid).stream()
                .flatMap(List::stream)
                .toList();
    }

    // ---- successful actions

    private void holdDone(
            OperatorClient coordinator,
            String reason,
            PreviewedOperation previewed,
            Transaction answer,
            Transaction then)
            throws Exception {
        violations.addAll(previewed.doneWith(answer, then));
        long expected = previewed.isRecorded() && !previewed.preview().getUnchanged() ? 1 : 0;
        if (!previewed.act().hasAbort() && audited(previewed.gid(), reason) != expected) {
            violations.add(previewed.violation("is in the audit " + audited(previewed.gid(), reason) + " times"));
        }
        if (previewed.leavesItAtRest()
                && then.getRevision() == previewed.preview().getAfter().getRevision()) {
            // at rest after the end of a call that the action overlapped
            boolean isAsPreviewed = Wait.until(
                    ARRIVAL,
                    () -> isRow(previewed)
                            || read(coordinator, previewed.gid(), View.BASIC).getRevision() != then.getRevision());
            if (!isAsPreviewed) {
                violations.add(previewed.violation("left its row as " + row(previewed.gid())));
            }
        }
        for (String call : previewed.calls()) {
            calls++;
            if (!Wait.until(ARRIVAL, () -> hasArrived(call, previewed))) {
                violations.add(previewed.violation("did not cause the call " + call));
            }
        }
    }

    private boolean isRow(PreviewedOperation previewed) throws SQLException {
        return row(previewed.gid()).stream().limit(1).toList().equals(List.of(previewed.row()));
    }

    /** Returns whether a call has arrived. A step's own transaction reaches no participant, but it then exists. */
    private boolean hasArrived(String call, PreviewedOperation previewed) throws IOException, SQLException {
        String child = previewed.gid() + "/" + call.split(" ", 2)[0];
        return books.of(previewed.gid()).stream()
                        .anyMatch(line -> !line.isAnswer()
                                && line.at() >= previewed.examined()
                                && line.call().equals(call))
                || !row(child).isEmpty();
    }

    private void holdToBooks(String gid, List<PreviewedOperation> all) throws IOException {
        try {
            Transaction then = read(fleet.coordinator(0), gid, View.OUTLINE);
            for (PreviewedOperation one : all) {
                violations.addAll(one.unpreviewed(books.of(gid), then));
            }
        } catch (StatusRuntimeException unanswered) {
            violations.add("preview of " + gid + ": no response at the end: " + unanswered.getStatus());
        }
    }

    // ---- figures

    /** Returns the differences between previews and actions, for people. */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    /** Returns the number of transaction states that were compared with their previews, each with an action. */
    public int states() {
        return tookEffect + idle + refused + moved;
    }

    /** Returns the number of actions of each kind, for the report. */
    public Map<String, @Nullable Object> figures() {
        return Json.object(
                "states", states(),
                "took_effect", tookEffect,
                "idle", idle,
                "refused", refused,
                "moved", moved,
                "put_off", putOff,
                "awaited", awaited,
                "calls", calls,
                "lies", violations.size());
    }
}
