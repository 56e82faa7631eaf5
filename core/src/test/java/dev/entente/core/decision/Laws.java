package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.plan.PlanGraph;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The laws, judged by what a witness saw who forgets nothing: every call that ever left, every answer, every crash. It
 * shares no bookkeeping with the decider.
 */
final class Laws {
    /** Forward calls that left, by branch, whoever made them. */
    private final Map<Integer, Integer> sent = new HashMap<>();
    /** Branches whose newest forward answer was a no that can be trusted, as the witness knows. */
    private final Set<Integer> trusted = new HashSet<>();
    /** Those of them where a coordinator must know it too. */
    private final Set<Integer> knownTrusted = new HashSet<>();
    /** Branches whose undo was answered with a success, or with "not found" where that is as good. */
    private final Set<Integer> undone = new HashSet<>();
    /** Forward calls of dead owners: until when they may be under way. */
    private final Map<Integer, Instant> ghosts = new HashMap<>();
    /** The same of all their calls. */
    private final Map<Integer, Instant> allGhosts = new HashMap<>();

    /** Forward calls that never left, and count all the same. */
    private final ConnectionWitness unreached = new ConnectionWitness();

    private final SeenTransitions seen = new SeenTransitions();
    /** Deliveries whose turn has come, as whoever told so knows. */
    private final Set<Integer> hadTurn = new HashSet<>();

    private List<Effect.Call> orphans = List.of();
    private boolean isAdopted;

    // ---- what the witness sees

    void answered(Effect.Call call, Outcome outcome, Instant now) {
        if (call.role() == Role.FORWARD) {
            unreached.answered(call.branch(), outcome, now);
            forwardAnswered(call.branch(), outcome);
        } else if (call.role() == Role.UNDO && isUndone(outcome)) {
            undone.add(call.branch());
        }
    }

    private void forwardAnswered(int branch, Outcome outcome) {
        switch (outcome) {
            case Outcome.NotSent _ -> sent.merge(branch, -1, Integer::sum);
            case Outcome.Rejected rejected
            when rejected.settled() || sent.getOrDefault(branch, 0) == 1 -> {
                trusted.add(branch);
                if (rejected.settled() || !isAdopted) {
                    knownTrusted.add(branch);
                }
            }
            case Outcome.Succeeded _,
                    Outcome.Rejected _,
                    Outcome.Failed _,
                    Outcome.InProgress _,
                    Outcome.Misconfigured _,
                    Outcome.Unknown _,
                    Outcome.StaleFence _ -> trusted.remove(branch);
        }
    }

    private static boolean isUndone(Outcome outcome) {
        boolean isUnknownThere = outcome instanceof Outcome.Failed failed && failed.notFound();
        return isUnknownThere || outcome instanceof Outcome.Succeeded;
    }

    void turnCame(int branch) {
        hadTurn.add(branch);
    }

    /** An operator sets what is stuck going again: the next answer counts, not the last. */
    void freed() {
        knownTrusted.clear();
    }

    void died(List<Effect.Call> underWay) {
        orphans = underWay;
    }

    void claimed(Row row, boolean isClean, Instant now) {
        isAdopted |= !isClean;
        if (!isClean) {
            unreached.takenOver(row.progress());
        }
        // what was not on record died with its owner
        knownTrusted.removeIf(branch -> row.progress().branch(branch).state() != BranchState.REJECTED);
        for (Effect.Call orphan : orphans) {
            Instant until = now.plus(orphan.timeout());
            allGhosts.merge(orphan.branch(), until, (one, other) -> one.isAfter(other) ? one : other);
            if (orphan.role() == Role.FORWARD) {
                ghosts.put(orphan.branch(), until);
            }
        }
        orphans = List.of();
        assertThat(row.isFinished()).as("a finished row never comes back").isFalse();
    }

    /** Somebody outside is answered now. */
    void told(GlobalTransaction transaction) {
        boolean isVolatile = transaction.state().isTerminal()
                && transaction.custody().durableRevision()
                        < transaction.progress().revision();
        assertThat(isVolatile).as("L5: told of an end that is not durable").isFalse();
    }

    // ---- what must hold after each decision

    void check(GlobalTransaction before, Decision decision, Row row, Instant now) {
        GlobalTransaction after = decision.next();
        seen.note(before, after);
        checkPivot(before, after);
        checkStated(before, after, now);
        assertThat(before.state().isTerminal() && before.state() != after.state())
                .as("L5: a terminal state never changes")
                .isFalse();
        for (Effect effect : decision.effects()) {
            switch (effect) {
                case Effect.Call call -> checkCall(after, call, row, now);
                case Effect.Flush _ -> checkWrite(after, row, effect);
                case Effect.Rest rest -> checkRest(after, row, rest);
                case Effect.Finish _ -> checkFinish(after, row, effect);
                case Effect.AwaitTurn _, Effect.Wake _, Effect.Defer _, Effect.Refuse _, Effect.Recorded _ -> {}
            }
        }
    }

    private void checkPivot(GlobalTransaction before, GlobalTransaction after) {
        int pivot = PivotSide.pivot(after.plan());
        boolean turns =
                before.progress().decidedRevision() == 0 && after.progress().decidedRevision() > 0;
        if (turns && pivot >= 0 && before.progress().pivotRevision() > 0) {
            assertThat(trusted)
                    .as("past the pivot only its own trusted no turns")
                    .contains(pivot);
        }
    }

    /** An operator states how one branch, or all of it, has ended. */
    private void checkStated(GlobalTransaction before, GlobalTransaction after, Instant now) {
        List<HistoryEvent> events = after.progress().history().events();
        for (HistoryEvent event : events.subList(before.progress().revision(), events.size())) {
            boolean isForced = event.fact() instanceof Fact.Finished finished
                    && !finished.actor().isEmpty();
            if (event.fact() instanceof Fact.Retried) {
                unreached.retried();
            }
            int stated = stated(event.fact());
            // whatever a participant said before
            knownTrusted.remove(stated);
            // a question changes nothing that is stated
            for (int i = before.plan().checkBack() + 1;
                    i < before.progress().branches().size();
                    i++) {
                Instant ghostUntil = allGhosts.get(i);
                boolean isGhostly = ghostUntil != null && now.isBefore(ghostUntil) && !isUnsubscribed(event.fact());
                boolean mayBeUnderWay = before.progress().branch(i).isInFlight() || isGhostly;
                assertThat(mayBeUnderWay && (isForced || stated == i))
                        .as("%s of branch %s while a call of it may be under way", event.kind(), i)
                        .isFalse();
            }
        }
    }

    /** Returns the branch of which an operator or an unsubscribing states the end, or -1. */
    private static int stated(Fact fact) {
        boolean isStated = fact instanceof Fact.Resolved || fact instanceof Fact.Dropped;
        return isStated && fact instanceof Fact.OfBranch one ? one.branch() : -1;
    }

    /** Tells whether a subscriber has gone: what a coordinator sent it before it died may arrive yet. */
    private static boolean isUnsubscribed(Fact fact) {
        return fact instanceof Fact.Dropped dropped && dropped.detail().startsWith("DROPPED");
    }

    private void checkCall(GlobalTransaction after, Effect.Call call, Row row, Instant now) {
        assertThat(row.isOwned() && after.custody().isHeld()).as("L1: %s", call).isTrue();
        assertThat(after.custody().isLeaving()).as("calls and leaves at once").isFalse();
        Progress durable = row.progress();
        int branch = call.branch();
        assertThat(durable.branches().size()).as("L1: its branch is durable").isGreaterThan(branch);
        switch (call.role()) {
            case FORWARD -> checkForward(after, branch, durable);
            case COMPLETION -> checkCompletion(after, call, durable);
            case UNDO -> checkUndo(after, call, durable, now);
        }
    }

    private void checkForward(GlobalTransaction after, int index, Progress durable) {
        Branch branch = after.plan().branches().get(index);
        boolean isQuestion = index == after.plan().checkBack();
        assertThat(after.state()).isEqualTo(isQuestion ? TransactionState.BEGUN : TransactionState.RUNNING);
        assertThat(branch.approval()).as("nobody calls an approval").isNull();
        if (branch.continues() != null) {
            boolean isAnyMissing = branch.after().stream()
                    .anyMatch(other ->
                            after.progress().branch(after.plan().indexOf(other)).state() != BranchState.DONE);
            assertThat(isAnyMissing)
                    .as("a pre-commit says that all are prepared")
                    .isFalse();
        }
        for (String before : branch.after()) {
            int earlier = after.plan().indexOf(before);
            assertThat(after.plan().branches().get(earlier).approval() == null
                            || durable.branch(earlier).state() == BranchState.DONE)
                    .as("L1: %s leaves only behind a durable yes of %s", branch.id(), before)
                    .isTrue();
        }
        PivotSide side = PivotSide.of(after.plan(), PlanGraph.of(after.plan()), index);
        boolean isBehindPivot = side == PivotSide.PIVOT || side == PivotSide.AFTER;
        assertThat(after.plan().checkBack() >= 0 || !isBehindPivot || durable.pivotRevision() > 0)
                .as("L2: pivot on record")
                .isTrue();
        assertThat(durable.state())
                .as("L2: what a client began goes when that is decided")
                .isIn(after.state(), isQuestion ? after.state() : TransactionState.SCHEDULED);
        for (Binding binding : branch.forward().bindings()) {
            int from = after.plan().indexOf(binding.from());
            assertThat(durable.branch(from).response())
                    .as("L3: what %s reads of %s", branch.id(), binding.from())
                    .isEqualTo(after.progress().branch(from).response());
            assertThat(durable.branch(from).state()).as("L3").isEqualTo(BranchState.DONE);
        }
        List<Binding> undone = branch.undo() == null ? List.of() : branch.undo().bindings();
        for (Binding binding : undone) {
            if (binding.required() && !binding.from().equals(branch.id())) {
                assertThat(durable.branch(after.plan().indexOf(binding.from())).state())
                        .as("L3: what the undo of %s requires of %s", branch.id(), binding.from())
                        .isEqualTo(BranchState.DONE);
            }
        }
        assertThat(isQuestion || !after.plan().terms().isOrdered() || hadTurn.contains(index))
                .as("%s leaves in its turn", branch.id())
                .isTrue();
        sent.merge(index, 1, Integer::sum);
        trusted.remove(index);
        knownTrusted.remove(index);
    }

    private void checkCompletion(GlobalTransaction after, Effect.Call call, Progress durable) {
        assertThat(durable.state()).as("L2: %s", call).isEqualTo(TransactionState.COMPLETING);
        assertThat(sent.getOrDefault(call.branch(), 0) > 0
                        || isMadeByOthers(after, call.branch())
                        || kinds(after).contains(HistoryKind.RESOLVED))
                .as("completes what was never tried: %s", call)
                .isTrue();
    }

    /** Tells whether the client or a participant makes its forward call. */
    private static boolean isMadeByOthers(GlobalTransaction after, int branch) {
        return after.plan().branches().get(branch).isRegistered()
                || after.progress().history().events().getFirst().stateAfter() == TransactionState.BEGUN;
    }

    private void checkUndo(GlobalTransaction after, Effect.Call call, Progress durable, Instant now) {
        int branch = call.branch();
        assertThat(durable.state()).as("L2: %s", call).isEqualTo(TransactionState.UNDOING);
        assertThat(knownTrusted).as("whose no is trusted is not undone").doesNotContain(branch);
        boolean isMadeByOthers = isMadeByOthers(after, branch);
        boolean mayBeSuspected = isAdopted || kinds(after).contains(HistoryKind.RESOLVED);
        assertThat(mayHaveBeenCalled(branch) || isMadeByOthers || mayBeSuspected)
                .as("undoes what was never called: %s", call)
                .isTrue();
        checkGhost(after, branch, now);
        int second = after.plan().continuationOf(branch);
        if (second >= 0 && !trusted.contains(second)) {
            checkGhost(after, second, now);
        }
    }

    private boolean mayHaveBeenCalled(int branch) {
        return sent.getOrDefault(branch, 0) > 0 || unreached.hasCounted(branch);
    }

    private void checkGhost(GlobalTransaction after, int branch, Instant now) {
        Instant ghostUntil = ghosts.get(branch);
        boolean isDone = after.progress().branch(branch).state() == BranchState.DONE;
        assertThat(ghostUntil == null || isDone || !now.isBefore(ghostUntil))
                .as("an undo while a forward call of %s may be under way until %s", branch, ghostUntil)
                .isTrue();
    }

    private static Set<HistoryKind> kinds(GlobalTransaction transaction) {
        Set<HistoryKind> kinds = new HashSet<>();
        transaction.progress().history().events().forEach(event -> kinds.add(event.kind()));
        return kinds;
    }

    private static void checkWrite(GlobalTransaction after, Row row, Effect effect) {
        boolean isGrown = effect instanceof Effect.Flush flush && flush.planAppended() != null;
        boolean isKept = after.state().isTerminal()
                || isGrown
                || row.plan().branches().size() == after.plan().branches().size();
        assertThat(isKept).as("the stored plan has every registered branch").isTrue();
        Replay replay = Replay.of(after.plan(), after.progress());
        assertThat(replay.firstDifference()).as("history replays").isNull();
    }

    private static void checkRest(GlobalTransaction after, Row row, Effect.Rest rest) {
        checkWrite(after, row, rest);
        assertThat(after.progress().hasCallInFlight())
                .as("rests with a call under way")
                .isFalse();
        assertThat(rest.dueAt() != null || after.progress().parked() != null)
                .as("L6: due or parked")
                .isTrue();
        assertThat(after.progress().restRev()).isEqualTo(row.rev() + 1);
    }

    private void checkFinish(GlobalTransaction after, Row row, Effect finish) {
        checkWrite(after, row, finish);
        assertThat(after.progress().hasCallInFlight())
                .as("ends with a call under way")
                .isFalse();
        if (after.progress().isForced()) {
            return;
        }
        for (int i = 0; i < after.plan().branches().size(); i++) {
            checkEnd(after.plan(), i, after.progress());
        }
    }

    private void checkEnd(Plan plan, int index, Progress progress) {
        Branch branch = plan.branches().get(index);
        BranchProgress end = progress.branch(index);
        if (progress.state() == TransactionState.SUCCEEDED) {
            BranchState wanted = branch.completion() != null ? BranchState.CONFIRMED : BranchState.DONE;
            boolean isDropped = plan.pattern() == Pattern.MESSAGE && end.state() == BranchState.SKIPPED;
            assertThat(isDropped || end.state() == wanted || end.state() == BranchState.RESOLVED)
                    .as("%s: %s", branch.id(), end.state())
                    .isTrue();
        } else if (branch.undo() != null && mayHaveBeenCalled(index) && !trusted.contains(index)) {
            assertThat(undone.contains(index) || end.state() == BranchState.RESOLVED)
                    .as("may have happened and is not taken back: %s %s", branch.id(), end)
                    .isTrue();
        }
    }

    /** Nothing waits for nothing. */
    void checkGoesOn(GlobalTransaction now, boolean isWaitedFor, Row row) {
        boolean rests = !row.isOwned() && (row.dueAt() != null || row.progress().parked() != null);
        assertThat(isWaitedFor || rests || row.isFinished())
                .as("stands and waits for nothing: %s", now)
                .isTrue();
    }

    SeenTransitions seen() {
        return seen;
    }
}
