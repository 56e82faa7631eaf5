package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The environment of one transaction: its row, its calls, the time, and the tasks of the engine. */
abstract sealed class Stage permits Play {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    /** Draws the longest backoff. */
    private static final long NO_JITTER = -1;

    final Decider decider = new Decider();
    final Row row;
    final List<Effect.Call> calls = new ArrayList<>();
    /** Branches whose queue position the engine checks. */
    final Set<Integer> awaitedPositions = new TreeSet<>();

    GlobalTransaction here;
    Instant now = START;
    boolean isStoreSlow;
    boolean wasIdle;

    @Nullable
    Effect write;

    @Nullable
    Progress writing;

    @Nullable
    Plan planWriting;

    @Nullable
    Instant alarm;

    @Nullable
    TransactionRequest request;

    @Nullable
    Instant offeredAt;

    int awaited = -1;
    String answer = "none";

    @Nullable
    Refusal refusal;

    Stage(Plan plan, TransactionState state, boolean isHeld, @Nullable Instant dueAt) {
        Progress accepted = Decider.accepted(plan, state, START, 1);
        Duration deadline = plan.deadline();
        Instant deadlineAt = deadline == null ? null : START.plus(deadline);
        row = new Row(plan, accepted, isHeld, dueAt);
        Ownership ownership =
                isHeld ? Ownership.held(0, accepted.revision()) : Ownership.unheld(0, accepted.revision());
        here = new GlobalTransaction("gid-1", plan, START, deadlineAt, accepted, ownership);
    }

    // ---- the engine's tasks

    void load(Ownership ownership) {
        here = new GlobalTransaction("gid-1", row.plan(), START, here.deadlineAt(), row.progress(), ownership);
    }

    final void step(Event event) {
        Decision decision = decider.decide(here, event, now, NO_JITTER);
        here = decision.next();
        decision.effects().forEach(this::perform);
        answerIfDurable();
        if (write != null && !isStoreSlow) {
            complete();
        }
        if (request != null
                && awaited < 0
                && !(event instanceof Event.Acted)
                && !here.ownership().isLeaving()) {
            step(new Event.Acted(request, offeredAt));
        }
    }

    /** Makes the write in progress durable. */
    final void complete() {
        Effect done = write;
        Progress progress = writing;
        if (done == null || progress == null) {
            throw new AssertionError("nothing is being written");
        }
        row.write(done, progress, planWriting);
        write = null;
        if (done instanceof Effect.Flush) {
            step(new Event.Written(row.rev()));
            return;
        }
        load(Ownership.unheld(row.rev(), row.progress().revision()));
        alarm = null;
        awaitedPositions.clear();
        answerIfDurable();
    }

    /** Loses the memory. The row keeps its last write. */
    final void forget() {
        calls.clear();
        write = null;
        alarm = null;
        awaitedPositions.clear();
        request = null;
        awaited = -1;
        load(Ownership.unheld(row.rev(), row.progress().revision()));
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Call call -> calls.add(call);
            case Effect.AwaitPosition await -> awaitedPositions.add(await.branch());
            case Effect.Flush flush -> write(flush, flush.planAppended() == null ? null : here.plan());
            case Effect.Release rest -> write(rest, null);
            case Effect.Finish finish -> write(finish, null);
            case Effect.Wake wake -> alarm = alarm == null || wake.at().isBefore(alarm) ? wake.at() : alarm;
            case Effect.Defer _ -> answer = "put off";
            case Effect.Refuse refuse -> refused(refuse.refusal());
            case Effect.Recorded recorded -> {
                awaited = recorded.revision();
                wasIdle = recorded.isIdle();
            }
        }
    }

    private void write(Effect effect, @Nullable Plan grown) {
        assertThat(write).as("one write at a time").isNull();
        assertThat(Replay.of(here.plan(), here.progress()).firstDifference())
                .as("history replays")
                .isNull();
        write = effect;
        writing = here.progress();
        planWriting = grown;
    }

    private void refused(Refusal refused) {
        answer = refused.code().id();
        refusal = refused;
        request = null;
    }

    private void answerIfDurable() {
        if (request == null || awaited < 0) {
            return;
        }
        boolean isEndVolatile = here.state().isTerminal()
                && here.ownership().durableRevision() < here.progress().revision();
        if (here.ownership().durableRevision() >= awaited && !isEndVolatile) {
            answer = "done";
            request = null;
            awaited = -1;
        } else if (!here.ownership().isWriting()) {
            step(new Event.FlushDue());
        }
    }

    // ---- current state

    boolean isHeldHere() {
        return here.ownership().isHeld() || here.ownership().isWriting();
    }

    /** Returns the calls in flight, in the form {@code stock compensate}. */
    List<String> calls() {
        return calls.stream().map(this::name).toList();
    }

    Set<Integer> awaitedPositions() {
        return awaitedPositions;
    }

    List<Effect.Call> callsUnderWay() {
        return calls;
    }

    private String name(Effect.Call call) {
        Branch branch = here.plan().branches().get(call.branch());
        return branch.shownId() + " " + here.plan().operationName(call.branch(), call.role());
    }

    /** Returns the kind of the write in progress: Flush, Rest, Finish or nothing. */
    String write() {
        return write == null ? "nothing" : write.getClass().getSimpleName();
    }

    TransactionState state() {
        return here.state();
    }

    BranchProgress branch(String id) {
        return here.progress().branch(here.plan().indexOf(id));
    }

    BranchState stateOf(String id) {
        return branch(id).state();
    }

    @Nullable
    ParkReason parked() {
        Parked mark = here.progress().parked();
        return mark == null ? null : mark.reason();
    }

    @Nullable
    AbortReason abortReason() {
        return here.progress().abortReason();
    }

    /** Returns the answer to the last request: done, put off, an error code, or waits if there is no answer yet. */
    String answer() {
        return answer;
    }

    /** Returns the last refusal of a request. */
    Refusal refusal() {
        return Objects.requireNonNull(refusal);
    }

    List<HistoryKind> history() {
        return here.progress().history().events().stream()
                .map(HistoryEvent::kind)
                .toList();
    }

    GlobalTransaction transaction() {
        return here;
    }

    Row row() {
        return row;
    }

    Instant now() {
        return now;
    }

    @Nullable
    Instant alarm() {
        return alarm;
    }
}
