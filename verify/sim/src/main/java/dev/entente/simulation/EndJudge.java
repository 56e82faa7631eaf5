package dev.entente.simulation;

import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.Replay;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.FinishedRow;
import dev.entente.simulation.store.Tables;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Judges one transaction that has ended: by its row, its participants and what was promised. */
final class EndJudge {
    private final Tables tables;
    private final Service service;
    private final FinishedRow row;
    private final Promise promise;
    private final String gid;
    private final Plan plan;
    private final Progress progress;
    private final List<String> violations = new ArrayList<>();

    EndJudge(Tables tables, Service service, FinishedRow row, Promise promise) {
        this.tables = tables;
        this.service = service;
        this.row = row;
        this.promise = promise;
        this.gid = row.gid();
        this.plan = PlanCodec.decodeEnded(row.plan(), row.name());
        this.progress = ProgressCodec.decode(row.progress(), plan);
    }

    private void violated(String law, String what) {
        violations.add(law + " " + gid + ": " + what);
    }

    /** Returns the violations, for people. */
    List<String> violations() {
        Replay replay = Replay.of(plan, progress);
        if (!replay.matches()) {
            violated("replay", Objects.requireNonNull(replay.firstDifference()));
        }
        if (promise.end != null && promise.end != row.state()) {
            violated("L5", "was told " + promise.end + ", and ended " + row.state());
        }
        if (!promise.isForced && promise.decided != null && promise.decided != row.state()) {
            violated("L1", "was decided " + promise.decided + ", and ended " + row.state());
        }
        promise.approvals.forEach((branch, isApproved) -> {
            int index = plan.indexOf(branch);
            BranchState wanted = isApproved ? BranchState.DONE : BranchState.REJECTED;
            if (progress.branch(index).state() != wanted) {
                violated(
                        "L1",
                        branch + " was answered " + wanted + ", and ended "
                                + progress.branch(index).state());
            }
        });
        if (!promise.isForced) {
            judgeDeadline();
        }
        if (!promise.isForced && plan.pattern() == Pattern.MESSAGE) {
            new MessageJudge(tables, service).checkEnd(row, plan).forEach(violations::add);
        }
        if (!promise.isForced) {
            service.branches(gid).forEach((name, branch) -> judgeBranch(name, branch));
        }
        return violations;
    }

    /**
     * Checks that decisions past the deadline are to undo. Both times keep whole milliseconds: within one, none can
     * tell which came first.
     */
    private void judgeDeadline() {
        Instant deadline = row.deadlineAt();
        List<HistoryEvent> events = progress.history().events();
        boolean mayBeLate = events.stream()
                .anyMatch(event -> event.fact() instanceof Fact.PivotCalled
                        || (event.fact() instanceof Fact.Parked parked
                                && parked.reason().ignoresDeadline()));
        boolean canTurn =
                row.pattern() == Pattern.SAGA || row.pattern() == Pattern.TCC || row.pattern() == Pattern.TWO_PHASE;
        if (deadline != null && canTurn && !mayBeLate) {
            events.stream()
                    .filter(event -> event.stateAfter() == TransactionState.COMPLETING
                            || event.stateAfter() == TransactionState.SUCCEEDED)
                    .findFirst()
                    .filter(event -> event.time().isAfter(deadline))
                    .ifPresent(event -> violated("deadline", "succeeds at " + event.time() + ", past " + deadline));
        }
    }

    private void judgeBranch(String name, Service.Branch branch) {
        int index = plan.indexOf(name);
        if (index >= 0 && plan.branches().get(index).approval() != null) {
            return; // nobody was called
        }
        if (index >= 0 && index == plan.checkBack()) {
            return;
        }
        boolean canBeUndone = index < 0 || plan.branches().get(index).undo() != null;
        if (index >= 0 && plan.branches().get(index).forward().child() != null) {
            judgeChild(name, canBeUndone && !branch.isUndone);
            return;
        }
        if (row.state() == TransactionState.ABORTED && branch.stands() && canBeUndone) {
            violated("all undone", name + " stands");
        }
        if (row.state() == TransactionState.SUCCEEDED && index >= 0 && !branch.stands()) {
            violated("all done", name + " does not stand");
        }
        boolean isConfirmed = branch.isCompleted || row.state() != TransactionState.SUCCEEDED || index < 0;
        if (!isConfirmed && plan.branches().get(index).completion() != null) {
            violated("all done", name + " was not confirmed");
        }
        if (branch.wasCompletedUnseen) {
            violated("contract", name + " was confirmed though it was never tried");
        }
    }

    /** A step that is a transaction of its own has done its part where that was accepted. */
    private void judgeChild(String name, boolean isLeft) {
        boolean isAccepted = tables.read(gid + "/" + name) != null;
        if (row.state() == TransactionState.SUCCEEDED && !isAccepted) {
            violated("all done", name + " was never accepted");
        }
        if (row.state() == TransactionState.ABORTED && isAccepted && isLeft) {
            violated("all undone", name + " was accepted, and not compensated");
        }
    }
}
