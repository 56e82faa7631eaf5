package dev.entente.simulation;

import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Replay;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.simulation.store.RowFollower;
import dev.entente.simulation.store.Tables;
import dev.entente.simulation.world.SupersededCalls;
import dev.entente.simulation.world.VirtualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Checks the facts that need the store: the holder of a row, the answers to clients, and the state at the end. The
 * reference checks order, calls, operations and ends: {@link ReferenceWatch}.
 */
final class StoreChecker implements RowFollower {
    private final VirtualTime time;
    private final Tables tables;
    private final SupersededCalls superseded;
    private final ParticipantCheck books;
    private final List<String> violations = new ArrayList<>();
    private final Map<String, OpenRow> parkedByFailover = new HashMap<>();
    /** The newest incarnation from before the last failover. */
    private long beforeFailover;
    /** The newest incarnation that must not call any more, because people have released its rows. */
    private long overOnceReleased;

    private final Map<String, Reported> reported = new HashMap<>();

    /** The answers that clients got about one transaction. */
    private static final class Reported {
        boolean isAccepted;
        boolean isRefused;
        /** An operator has forced the end. */
        boolean isForced;

        @Nullable
        TransactionState end;
    }

    StoreChecker(VirtualTime time, Tables tables, Service service, SupersededCalls superseded) {
        this.time = time;
        this.tables = tables;
        this.superseded = superseded;
        this.books = new ParticipantCheck(tables, service);
    }

    List<String> violations() {
        return violations;
    }

    private void violated(String law, String gid, String what) {
        violations.add(law + " " + gid + ": " + what);
    }

    // ---- rows, decisions and calls, as they occur

    /** Checks that the writer held the row at that rev, or took a row without a holder. */
    @Override
    public void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after) {
        Long owner = write.takes() ? null : (Long) incarnation;
        if (before.rev() != write.rev() || !Objects.equals(before.owner(), owner)) {
            violated("L4", write.gid(), "was written by " + incarnation + " while " + before.owner() + " owned it");
        }
    }

    /** Checks that calls that count as in flight have left. A call that only waits must not delay operations. */
    void decided(GlobalTransaction before, Decision decision) {
        Progress after = decision.next().progress();
        for (int i = 0; i < after.branches().size(); i++) {
            int index = i;
            boolean wasInFlight = i < before.progress().branches().size()
                    && before.progress().branch(i).isInFlight();
            boolean isCalled = decision.effects().stream()
                    .anyMatch(effect -> effect instanceof Effect.Call call && call.branch() == index);
            if (after.branch(i).isInFlight() && !wasInFlight && !isCalled) {
                String branch = decision.next().plan().branches().get(i).id();
                violated("waiting", before.gid(), branch + " counts as called, and no call leaves");
            }
        }
    }

    void called(long incarnation, BranchCall call) {
        String name = call.op() + " of " + call.branch();
        superseded.left(incarnation, call);
        if (!tables.isAlive(incarnation)) {
            violated("L4", call.gid(), name + " left from an incarnation that was declared dead");
        }
        if (incarnation <= overOnceReleased) {
            violated("failover", call.gid(), name + " left after the release, from an owner before the failover");
        }
        StoredTransaction row = tables.read(call.gid());
        if (!(row instanceof OpenRow open)) {
            violated("L1", call.gid(), name + " left while its row was " + (row == null ? "missing" : "finished"));
        } else if (open.owner() != null && open.owner() != incarnation) {
            violated("L4", call.gid(), name + " left from " + incarnation + " while " + open.owner() + " owned it");
        }
    }

    /** Records all rows at a failover: no row may change before people have released it. */
    void failedOver(long newestIncarnation) {
        beforeFailover = newestIncarnation;
        for (OpenRow row : tables.openRows()) {
            parkedByFailover.put(row.gid(), row);
        }
    }

    void recovered() {
        overOnceReleased = beforeFailover;
        checkFailover();
        parkedByFailover.clear();
    }

    void checkFailover() {
        parkedByFailover.entrySet().removeIf(entry -> {
            StoredTransaction now = tables.read(entry.getKey());
            boolean hasMoved = !Objects.equals(now, entry.getValue());
            if (hasMoved) {
                String change = entry.getValue() + " -> " + now;
                violated("failover", entry.getKey(), "changed before its release, at " + time.now() + ": " + change);
            }
            return hasMoved;
        });
    }

    // ---- the answers to clients

    private Reported reported(String gid) {
        return reported.computeIfAbsent(gid, _ -> new Reported());
    }

    void accepted(String gid) {
        reported(gid).isAccepted = true;
    }

    /** Records that a client stopped after a refusal that guarantees that no row was written. */
    void refused(String gid) {
        reported(gid).isRefused = true;
    }

    void forced(String gid) {
        reported(gid).isForced = true;
    }

    /** Records that a defect of the engine stopped the transaction. */
    void stumbled(String gid, String detail) {
        violated("defect", gid, detail);
    }

    /** Returns the end that a client was informed of; null if there was no such answer. */
    @Nullable
    TransactionState reportedEnd(String gid) {
        return reported(gid).end;
    }

    /**
     * Checks the state that an observer read.
     *
     * @param before the end that a client knew when the observer asked, or null
     */
    void shown(String gid, @Nullable TransactionState before, TransactionState state) {
        if (before != null && before != state) {
            violated("L5", gid, "was reported as " + before + ", then shown as " + state);
        }
    }

    void ended(String gid, TransactionState state) {
        TransactionState before = reported(gid).end;
        if (before != null && before != state) {
            violated("L5", gid, "was reported as " + before + ", then as " + state);
        }
        reported(gid).end = state;
    }

    /** Checks that an accepted transaction that does not wait for the silent participant has ended or is parked. */
    void mustHaveEnded(String gid) {
        if (reported(gid).isAccepted && tables.read(gid) instanceof OpenRow row && row.parked() == null) {
            violated("share", gid, "waits behind transactions of a silent participant: " + described(row));
        }
    }

    // ---- the end

    void judge() {
        violations.addAll(tables.storeFaults().wronglyClaimed());
        violations.addAll(tables.storeFaults().wronglyDeclared());
        violations.addAll(superseded.violations());
        checkFailover();
        reported.forEach(this::judge);
    }

    private void judge(String gid, Reported answers) {
        StoredTransaction row = tables.read(gid);
        if (answers.isRefused && row != null) {
            violated("L1", gid, "got a final refusal, and its row exists");
        }
        if (answers.isAccepted && row == null) {
            violated("L1", gid, "was accepted, and its row is missing");
        }
        if (!answers.isForced) {
            violations.addAll(books.completedUnseen(gid));
        }
        switch (row) {
            case null -> {}
            case OpenRow open -> {
                if (open.parked() == null && !waits(open)) {
                    violated("L6", gid, "neither finished nor parked: " + described(open));
                }
                if (answers.end != null) {
                    violated("L5", gid, "was reported as " + answers.end + ", and is open");
                }
            }
            case FinishedRow finished -> judge(finished, answers);
        }
    }

    private void judge(FinishedRow row, Reported answers) {
        Plan plan = PlanCodec.decodeEnded(row.plan(), row.name());
        String difference =
                Replay.of(plan, ProgressCodec.decode(row.progress(), plan)).firstDifference();
        if (difference != null) {
            violated("replay", row.gid(), difference);
        }
        if (answers.end != null && answers.end != row.state()) {
            violated("L5", row.gid(), "was reported as " + answers.end + ", and finished as " + row.state());
        }
        if (!answers.isForced) {
            violations.addAll(books.violations(row, plan));
        }
    }

    /**
     * Returns whether a delivery waits behind another message's delivery. A row that waits need not be parked; only the
     * first message of the queue must be.
     */
    private boolean waits(OpenRow row) {
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        return plan.terms().isOrdered()
                && plan.branches().stream()
                        .map(branch -> tables.trueAhead(row.gid(), branch.id()))
                        .anyMatch(ahead -> ahead != null && !hasEnded(ahead));
    }

    private static boolean hasEnded(Predecessor ahead) {
        if (!(ahead.row() instanceof OpenRow row)) {
            return true;
        }
        Progress progress = progress(row);
        if (progress == null) {
            return false;
        }
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        BranchState state = progress.branch(plan.indexOf(ahead.delivery())).state();
        return state == BranchState.DONE || state == BranchState.SKIPPED;
    }

    /** Returns the progress in a row; null if none was written yet. */
    static @Nullable Progress progress(OpenRow row) {
        return row.progress() == null
                ? null
                : ProgressCodec.decode(row.progress(), PlanCodec.standard().decodeStored(row.format(), row.plan()));
    }

    boolean isWaitingForRecovery(OpenRow row) {
        Parked parked = row.parked();
        return parked != null && parked.reason().awaitsRecovery();
    }

    private static String described(OpenRow row) {
        Progress progress = progress(row);
        String history =
                progress == null ? "untouched" : progress.history().events().toString();
        return row.state() + ", owner " + row.owner() + ", due " + row.dueAt() + ", rev " + row.rev() + ", " + history;
    }
}
