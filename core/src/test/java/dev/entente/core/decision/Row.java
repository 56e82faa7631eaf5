package dev.entente.core.decision;

import dev.entente.core.transaction.Activity;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The row of one transaction in a database that loses no acknowledged write. */
final class Row {
    private Plan plan;
    private Progress progress;
    private long rev;
    private int adoptions;
    private boolean isOwned;
    private boolean isFinished;
    private @Nullable Instant dueAt;

    Row(Plan plan, Progress progress, boolean isOwned, @Nullable Instant dueAt) {
        this.plan = plan;
        this.progress = progress;
        this.isOwned = isOwned;
        this.dueAt = dueAt;
    }

    Plan plan() {
        return plan;
    }

    Progress progress() {
        return progress;
    }

    long rev() {
        return rev;
    }

    int adoptions() {
        return adoptions;
    }

    boolean isOwned() {
        return isOwned;
    }

    boolean isFinished() {
        return isFinished;
    }

    @Nullable
    Instant dueAt() {
        return dueAt;
    }

    boolean isDue(Instant now) {
        return !isFinished && !isOwned && dueAt != null && !now.isBefore(dueAt);
    }

    /** Returns whether the row has no owner and its progress shows all calls that were ever made. */
    boolean isClean() {
        return !isOwned && (rev == 0 || progress.restRev() == rev);
    }

    void claim() {
        rev++;
        adoptions++;
        isOwned = true;
        dueAt = null;
    }

    /** Adds a client's branch while the row has no owner. */
    void register(Plan larger) {
        plan = larger;
        rev++;
        progress = Decider.withRegistrations(progress, plan);
    }

    void write(Effect write, Progress written, @Nullable Plan grown) {
        progress = withoutCalls(written);
        plan = grown == null ? plan : grown;
        rev++;
        isOwned = write instanceof Effect.Flush;
        isFinished = write instanceof Effect.Finish;
        dueAt = write instanceof Effect.Release rest ? rest.dueAt() : null;
        adoptions = isOwned ? adoptions : 0;
    }

    /** Returns the progress as it is stored: without calls in flight. */
    static Progress withoutCalls(Progress progress) {
        List<BranchProgress> branches = new ArrayList<>(progress.branches());
        branches.replaceAll(Row::withoutCall);
        return progress.withBranches(branches);
    }

    private static BranchProgress withoutCall(BranchProgress branch) {
        return new BranchProgress(
                branch.state(),
                branch.role(),
                branch.sent(),
                branch.tried(),
                branch.known(),
                branch.next(),
                Activity.NONE);
    }
}
