package dev.entente.server.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.Custody;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.HistoryKind;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Plays one transaction: brings events to the decider as an engine would, keeps its row, and holds each decision against the laws.
 * Writes succeed at once, unless {@link #withSlowStore} was asked for.
 */
final class Play {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    /** Draws the longest backoff. */
    private static final long NO_JITTER = -1;

    private final Decider decider = new Decider();
    private final Laws laws = new Laws();
    private final Row row;
    private final List<Effect.Call> calls = new ArrayList<>();
    private GlobalTransaction here;
    private Instant now = START;
    private long random = NO_JITTER;
    private boolean isStoreSlow;
    private @Nullable Effect write;
    private @Nullable Progress writing;
    private @Nullable Plan planWriting;
    private @Nullable Instant alarm;
    private @Nullable Act act;
    private int awaited = -1;
    private String answer = "none";

    private Play(Plan plan, TransactionState state, boolean isHeld, @Nullable Instant dueAt) {
        Progress accepted = Decider.accepted(plan, state, START, 1);
        Duration deadline = plan.deadline();
        Instant deadlineAt = deadline == null ? null : START.plus(deadline);
        row = new Row(plan, accepted, isHeld, dueAt);
        Custody custody = isHeld ? Custody.held(0, accepted.revision()) : Custody.unheld(0, accepted.revision());
        here = new GlobalTransaction("gid-1", plan, START, deadlineAt, accepted, custody);
    }

    /** Accepted and running, its first calls under way. */
    static Play of(Sketch sketch) {
        Play play = waiting(sketch);
        play.step(new Event.Proceed());
        return play;
    }

    /** Accepted, and nothing has left yet. */
    static Play waiting(Sketch sketch) {
        return new Play(sketch.plan(), TransactionState.RUNNING, true, null);
    }

    /** Its client decides. */
    static Play begun(Sketch sketch) {
        Plan plan = sketch.deadline(Duration.ofSeconds(60)).plan();
        return new Play(plan, TransactionState.BEGUN, false, START.plusSeconds(60));
    }

    static Play scheduled(Sketch sketch, Instant at) {
        return new Play(sketch.startAt(at).plan(), TransactionState.SCHEDULED, false, at);
    }

    /** Accepted where there was no room for it in memory. */
    static Play overloaded(Sketch sketch) {
        return new Play(sketch.plan(), TransactionState.RUNNING, false, START);
    }

    /** From here on writes succeed when {@link #written} says so. */
    Play withSlowStore() {
        isStoreSlow = true;
        return this;
    }

    Play withJitter(long drawn) {
        random = drawn;
        return this;
    }

    // ---- what happens

    Play succeed(String branch) {
        return succeed(branch, ByteString.EMPTY);
    }

    Play succeed(String branch, ByteString response) {
        return answer(branch, new Outcome.Succeeded(response));
    }

    Play reject(String branch) {
        return answer(branch, new Outcome.Rejected("no", false));
    }

    Play rejectSettled(String branch) {
        return answer(branch, new Outcome.Rejected("no", true));
    }

    Play fail(String branch) {
        return answer(branch, new Outcome.Failed("no", false));
    }

    Play notFound(String branch) {
        return answer(branch, new Outcome.Failed("not found", true));
    }

    Play unknown(String branch) {
        return answer(branch, new Outcome.Unknown("timeout", null));
    }

    Play inProgress(String branch, Duration retryAfter) {
        return answer(branch, new Outcome.InProgress("working", retryAfter));
    }

    Play misconfigured(String branch) {
        return answer(branch, new Outcome.Misconfigured("no such method", false));
    }

    Play notSent(String branch, Duration retryAfter) {
        return answer(branch, new Outcome.NotSent("circuit open", retryAfter));
    }

    /** The call of that branch that is under way ends. */
    Play answer(String branch, Outcome outcome) {
        int index = here.plan().indexOf(branch);
        Effect.Call call = calls.stream()
                .filter(each -> each.branch() == index)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no call of " + branch + " is under way: " + calls()));
        calls.remove(call);
        laws.answered(call, outcome);
        return step(new Event.CallFinished(index, call.role(), outcome));
    }

    /** Time passes; alarms ring, and a row that became due is claimed. */
    Play later(Duration duration) {
        now = now.plus(duration);
        if (here.custody().isHeld() && alarm != null && !now.isBefore(alarm)) {
            alarm = null;
            step(new Event.Proceed());
        } else if (!isHeldHere() && row.isDue(now)) {
            claim();
        }
        return this;
    }

    /** Whoever wants to may claim the row now: it is due, or its owner is dead. */
    Play claim() {
        boolean isClean = row.isClean();
        row.claim();
        laws.claimed(row, isClean, now);
        load(Custody.held(row.rev(), row.progress().revision()));
        return step(new Event.Claimed(2, isClean, row.adoptions()));
    }

    /** The owner dies; what it was writing is lost. */
    Play crash() {
        write = null;
        return die();
    }

    /** The owner dies right after its write, if there was one, became durable. */
    Play crashAfterWrite() {
        if (write != null) {
            row.write(write, Objects.requireNonNull(writing), planWriting);
            write = null;
        }
        return die();
    }

    private Play die() {
        laws.died(List.copyOf(calls));
        calls.clear();
        alarm = null;
        act = null;
        awaited = -1;
        load(Custody.unheld(row.rev(), row.progress().revision()));
        return this;
    }

    Play crashAndAdopt() {
        return crash().claim();
    }

    /** What was written becomes durable. */
    Play written() {
        Effect done = write;
        if (done == null) {
            throw new AssertionError("nothing is being written");
        }
        row.write(done, Objects.requireNonNull(writing), planWriting);
        write = null;
        if (done instanceof Effect.Flush) {
            return step(new Event.Written(row.rev()));
        }
        load(Custody.unheld(row.rev(), row.progress().revision()));
        alarm = null;
        answerIfDurable();
        return this;
    }

    Play proceed() {
        return step(new Event.Proceed());
    }

    Play flushDue() {
        return step(new Event.FlushDue());
    }

    Play drain() {
        return step(new Event.DrainDue());
    }

    /** Somebody asks for something. A row that nobody holds is read for it. */
    Play act(Act asked) {
        if (!isHeldHere()) {
            load(Custody.unheld(row.rev(), row.progress().revision()));
        }
        act = asked;
        awaited = -1;
        answer = "waits";
        return step(new Event.Acted(asked, false));
    }

    Play abort() {
        return act(new Act.Abort("changed my mind", "client", false));
    }

    Play retry() {
        laws.freed();
        return act(new Act.Retry("op", "mended", 0));
    }

    Play resume() {
        laws.freed();
        return act(new Act.Resume("op", "go on", 0));
    }

    Play park() {
        return act(new Act.Park("op", "wait", 0));
    }

    Play resolve(String branch, Role role, Act.Truth truth) {
        laws.resolved(here.plan().indexOf(branch));
        return act(new Act.Resolve(branch, role, truth, null, "op", "looked", 0));
    }

    Play force(TransactionState as) {
        return act(new Act.ForceFinish(as, "op", "enough", 0));
    }

    /** The client adds a branch to a BEGUN row, as the store does it. */
    Play register(Sketch.Part part) {
        row.register(row.plan().with(part.branch(here.plan().pattern())));
        load(Custody.unheld(row.rev(), row.progress().revision()));
        return this;
    }

    /** A participant adds a branch below its own while it is being tried. */
    Play registerNested(Sketch.Part part) {
        return act(new Act.Register(part.branch(here.plan().pattern()), ByteString.copyFromUtf8("branch")));
    }

    // ---- the engine's part

    private void load(Custody custody) {
        here = new GlobalTransaction("gid-1", row.plan(), START, here.deadlineAt(), row.progress(), custody);
    }

    private Play step(Event event) {
        GlobalTransaction before = here;
        Decision decision = decider.decide(here, event, now, random);
        here = decision.next();
        decision.effects().forEach(effect -> perform(effect, before));
        laws.check(before, decision, row, now);
        boolean isOfferedAgain = act != null && awaited < 0 && !(event instanceof Event.Acted);
        laws.checkGoesOn(here, isOfferedAgain || isWaitedFor(), row);
        answerIfDurable();
        if (write != null && !isStoreSlow) {
            written();
        }
        if (act != null
                && awaited < 0
                && !(event instanceof Event.Acted)
                && !here.custody().isLeaving()) {
            step(new Event.Acted(act, true));
        }
        return this;
    }

    private boolean isWaitedFor() {
        return !calls.isEmpty() || write != null || alarm != null;
    }

    private void perform(Effect effect, GlobalTransaction before) {
        switch (effect) {
            case Effect.Call call -> calls.add(call);
            case Effect.Flush flush -> write(flush, flush.planAppended() == null ? null : here.plan());
            case Effect.Rest rest -> write(rest, null);
            case Effect.Finish finish -> write(finish, null);
            case Effect.Wake wake -> alarm = alarm == null || wake.at().isBefore(alarm) ? wake.at() : alarm;
            case Effect.Defer _ -> answer = "put off";
            case Effect.Refuse refuse -> refused(refuse.refusal(), before);
            case Effect.Recorded recorded -> awaited = recorded.revision();
        }
    }

    private void write(Effect effect, @Nullable Plan grown) {
        assertThat(write).as("one write at a time").isNull();
        write = effect;
        writing = here.progress();
        planWriting = grown;
    }

    private void refused(Refusal refusal, GlobalTransaction before) {
        laws.told(before);
        answer = refusal.code().id();
        act = null;
    }

    private void answerIfDurable() {
        if (act == null || awaited < 0) {
            return;
        }
        boolean isEndVolatile = here.state().isTerminal()
                && here.custody().durableRevision() < here.progress().revision();
        if (here.custody().durableRevision() >= awaited && !isEndVolatile) {
            laws.told(here);
            answer = "done";
            act = null;
            awaited = -1;
        } else if (!here.custody().isWriting()) {
            step(new Event.FlushDue());
        }
    }

    // ---- what is

    private boolean isHeldHere() {
        return here.custody().isHeld() || here.custody().isWriting();
    }

    /** The calls under way, as {@code stock compensate}. */
    List<String> calls() {
        return calls.stream().map(this::name).toList();
    }

    List<Effect.Call> callsUnderWay() {
        return calls;
    }

    private String name(Effect.Call call) {
        return here.plan().branches().get(call.branch()).id() + " "
                + here.plan().pattern().operationName(call.role());
    }

    /** What is being written: Flush, Rest, Finish or nothing. */
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

    /** How the last act was answered: done, put off, an error's code, or it still waits. */
    String answer() {
        return answer;
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

    Laws laws() {
        return laws;
    }

    Instant now() {
        return now;
    }

    @Nullable
    Instant alarm() {
        return alarm;
    }
}
