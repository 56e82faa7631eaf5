package dev.entente.simulation;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.OpenRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An operator for parked transactions who sometimes acts unwisely, and finally repairs everything. */
final class Operator {
    /** The longest duration of a call. */
    private static final Duration LATELY = Duration.ofSeconds(2);

    private final RunContext context;
    private final Cluster cluster;
    private final Random random;
    private boolean isThorough;

    Operator(RunContext context, Cluster cluster) {
        this.context = context;
        this.cluster = cluster;
        this.random = context.random;
    }

    /** Repairs and retries everything from now on. */
    void beThorough() {
        isThorough = true;
    }

    void round() {
        for (OpenRow row : context.tables.openRows()) {
            // an unreadable row is left until it is readable
            if (!context.judge.isWaitingForRecovery(row)
                    && !context.tables.storeFaults().isDamaged(row.gid())) {
                inspect(row);
            }
        }
        context.time.after(Duration.ofMillis(1500 + random.nextInt(1500)), this::round);
    }

    /** Acts at once on some transactions that were just taken over, as a rash operator would. */
    void watchTakeovers() {
        for (OpenRow row : context.tables.openRows()) {
            if (!isThorough
                    && !context.tables.storeFaults().isDamaged(row.gid())
                    && wasJustTakenOver(row)
                    && random.nextInt(4) == 0) {
                request(row, rash(row));
            }
        }
        context.time.after(Duration.ofMillis(200 + random.nextInt(400)), this::watchTakeovers);
    }

    private boolean wasJustTakenOver(OpenRow row) {
        Progress progress = StoreChecker.progress(row);
        Instant lately = context.time.now().minus(LATELY);
        return progress != null
                && progress.history().events().reversed().stream()
                        .takeWhile(event -> event.time().isAfter(lately))
                        .anyMatch(event -> event.fact() instanceof Fact.Adopted);
    }

    private TransactionRequest rash(OpenRow row) {
        TransactionRequest truth =
                random.nextInt(3) > 0 ? truthOf(row, branch -> branch.state() == BranchState.CALLED) : null;
        return truth == null
                ? new TransactionRequest.ForceFinish(TransactionState.ABORTED, "operator", "at once", 0)
                : truth;
    }

    private void inspect(OpenRow row) {
        if (isThorough) {
            context.service.repair(row.gid());
        }
        Parked mark = row.parked();
        if (mark != null && isDefect(row.gid(), mark)) {
            // all other rows are readable and accepted by the database: the engine itself has failed
            context.judge.stumbled(row.gid(), mark.detail());
        }
        boolean isParked = mark != null;
        if (mark != null && mark.reason() == ParkReason.BY_OPERATOR && !isThorough && random.nextInt(4) > 0) {
            return; // keeps the park for a while
        }
        String asked = isThorough || random.nextInt(3) == 0 ? asked(row) : null;
        if (asked != null) {
            decide(row, asked);
        } else if (isParked && isThorough && isRefusedForGood(row)) {
            request(row, new TransactionRequest.ForceFinish(TransactionState.SUCCEEDED, "operator", "done by hand", 0));
        } else if (isParked && isThorough) {
            request(row, new TransactionRequest.Retry("operator", "fixed", 0));
        } else if (isParked && row.state() == TransactionState.SCHEDULED) {
            request(row, new TransactionRequest.Abort("operator", "operator", true, 0));
        } else if (isParked) {
            request(row, chosen(row));
        } else if (!isThorough && random.nextInt(8) == 0) {
            request(
                    row,
                    random.nextInt(2) > 0
                            ? new TransactionRequest.Retry("operator", "now", 0)
                            : new TransactionRequest.Park("operator", "wait", 0));
        }
    }

    private boolean isDefect(String gid, Parked mark) {
        boolean isExpected = (mark.reason() == ParkReason.DEFECT
                        && context.tables.storeFaults().wasFailing(gid))
                || (mark.reason() == ParkReason.UNREADABLE_ROW
                        && context.tables.storeFaults().wasDamaged(gid));
        return !isExpected && (mark.reason() == ParkReason.DEFECT || mark.reason() == ParkReason.UNREADABLE_ROW);
    }

    /** Returns the branch of an approval that waits for an answer, or null. */
    private static @Nullable String asked(OpenRow row) {
        Progress progress = StoreChecker.progress(row);
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        for (int i = 0; progress != null && i < progress.branches().size(); i++) {
            if (progress.branch(i).state() == BranchState.AWAITING_APPROVAL) {
                return plan.branches().get(i).id();
            }
        }
        return null;
    }

    private void decide(OpenRow row, String branch) {
        boolean isApproved = isThorough || random.nextInt(3) > 0;
        TransactionRequest request = new TransactionRequest.DecideApproval(branch, isApproved, "operator", "looked", 0);
        ask(row, request);
    }

    /** Returns whether the refusal is permanent: a stored refusal stays, and after the pivot there is no undo. */
    private static boolean isRefusedForGood(OpenRow row) {
        Parked parked = row.parked();
        return parked != null
                && (parked.reason() == ParkReason.FORWARD_REFUSED_PAST_PIVOT
                        || parked.reason() == ParkReason.RETRIABLE_REFUSED
                        || parked.reason() == ParkReason.DELIVERY_REFUSED);
    }

    private TransactionRequest chosen(OpenRow row) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> new TransactionRequest.Retry("operator", "again", 0);
            case 2 -> new TransactionRequest.Resume("operator", "once more", 0);
            // an operator must not guess the result of the local transaction
            case 3 ->
                row.state() == TransactionState.BEGUN && row.pattern() == Pattern.MESSAGE
                        ? new TransactionRequest.Retry("operator", "again", 0)
                        : new TransactionRequest.Abort("operator", "operator", true, 0);
            case 4 -> {
                context.service.repair(row.gid());
                yield new TransactionRequest.Retry("operator", "fixed", 0);
            }
            default -> resolution(row);
        };
    }

    /**
     * Returns a statement about the first branch with a forward operation in question, as far as an operator can know
     * the facts.
     */
    private @Nullable TransactionRequest truthOf(OpenRow row, Predicate<BranchProgress> isInQuestion) {
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        Progress progress = StoreChecker.progress(row);
        for (int i = plan.checkBack() + 1;
                progress != null && i < progress.branches().size();
                i++) {
            BranchProgress branch = progress.branch(i);
            String name = plan.branches().get(i).id();
            if (isInQuestion.test(branch) && branch.role() == Role.FORWARD) {
                Service.Branch actual = context.service.branch(row.gid(), name);
                Fact.Truth truth = actual.isInEffect() ? Fact.Truth.DONE : Fact.Truth.NEVER_HAPPENED;
                return new TransactionRequest.Resolve(
                        name, Role.FORWARD, truth, actual.response(), "operator", "looked", 0);
            }
        }
        return null;
    }

    private TransactionRequest resolution(OpenRow row) {
        TransactionRequest truth = truthOf(row, branch -> branch.stuck() != null);
        if (truth != null) {
            return truth;
        }
        if (row.state() == TransactionState.COMPLETING) {
            stateCompensated(row);
        }
        boolean isHopeless = random.nextInt(4) == 0 && row.state() != TransactionState.BEGUN;
        return isHopeless
                ? new TransactionRequest.ForceFinish(TransactionState.ABORTED, "operator", "enough", 0)
                : new TransactionRequest.Retry("operator", "again", 0);
    }

    /** States that a stuck completion was undone. This must be refused: a decision to complete is final. */
    private void stateCompensated(OpenRow row) {
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        Progress progress = StoreChecker.progress(row);
        for (int i = 0; progress != null && i < progress.branches().size(); i++) {
            if (progress.branch(i).stuck() != null) {
                String branch = plan.branches().get(i).id();
                TransactionRequest request = new TransactionRequest.Resolve(
                        branch, Role.COMPLETION, Fact.Truth.UNDONE, null, "operator", "took it back", 0);
                ask(row, request);
            }
        }
    }

    private void request(OpenRow row, TransactionRequest request) {
        if (request instanceof TransactionRequest.ForceFinish) {
            context.judge.forced(row.gid());
        }
        ask(row, request);
    }

    private void ask(OpenRow row, TransactionRequest request) {
        Node node = row.owner() == null ? cluster.any() : cluster.holder(row.owner());
        node.request(
                coordinator -> context.previews.asks(
                        row.gid(),
                        request,
                        context.reference.acts(row.gid(), request, () -> coordinator.act(row.gid(), request))),
                _ -> {});
    }
}
