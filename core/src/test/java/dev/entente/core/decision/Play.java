package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs one transaction: sends events to the decider like an engine, and keeps the row. Writes succeed at once, except
 * after {@link #withSlowStore}.
 */
final class Play extends Stage {
    private Play(Plan plan, TransactionState state, boolean isHeld, @Nullable Instant dueAt) {
        super(plan, state, isHeld, dueAt);
    }

    private Play after(Event event) {
        step(event);
        return this;
    }

    /** Returns an accepted, running transaction with its first calls in flight. */
    static Play of(Sketch sketch) {
        Play play = waiting(sketch);
        play.step(new Event.Proceed());
        return play;
    }

    /** Returns an accepted transaction that has sent no call yet. */
    static Play waiting(Sketch sketch) {
        return new Play(sketch.plan(), TransactionState.RUNNING, true, null);
    }

    /** Returns a transaction that its client commits or aborts. */
    static Play begun(Sketch sketch) {
        Plan plan = sketch.deadline(Duration.ofSeconds(60)).plan();
        return new Play(plan, TransactionState.BEGUN, false, START.plusSeconds(60));
    }

    /** Returns a message that its client commits or aborts. */
    static Play begunMessage(Sketch sketch) {
        return new Play(sketch.plan(), TransactionState.BEGUN, false, START.plus(CallPolicy.CHECK_BACK_EVERY));
    }

    static Play scheduled(Sketch sketch, Instant at) {
        return new Play(sketch.startAt(at).plan(), TransactionState.SCHEDULED, false, at);
    }

    /** Returns a transaction that was accepted without capacity in memory: its row has no owner and is due. */
    static Play overloaded(Sketch sketch) {
        return new Play(sketch.plan(), TransactionState.RUNNING, false, START);
    }

    /** Makes each later write wait for {@link #written}. */
    Play withSlowStore() {
        isStoreSlow = true;
        return this;
    }

    // ---- events

    Play succeed(String branch) {
        return succeed(branch, ByteString.EMPTY);
    }

    Play succeed(String branch, ByteString response) {
        return answer(branch, new Outcome.Succeeded(response));
    }

    /** Ends the call with a success that names the successfully tried children. */
    Play succeedNaming(String branch, String... children) {
        return answer(branch, new Outcome.Succeeded(ByteString.EMPTY, Set.of(children)));
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

    /** Reports that all deliveries before this delivery have ended. */
    Play positionReached(String branch) {
        int index = here.plan().indexOf(branch);
        assertThatAwaited(index);
        return after(new Event.PositionReached(index));
    }

    /** Reports another message before this delivery; the engine continues to check the queue position. */
    Play behind(String branch, String head) {
        return after(new Event.Blocked(here.plan().indexOf(branch), head, null));
    }

    /** Reports another message before this delivery; the decider must ask the engine again later. */
    Play blocked(String branch, @Nullable String head, Duration askAgainAfter) {
        int index = here.plan().indexOf(branch);
        assertThatAwaited(index);
        return after(new Event.Blocked(index, head, askAgainAfter));
    }

    private void assertThatAwaited(int index) {
        if (!awaitedPositions.remove(index)) {
            throw new AssertionError("no position was requested for branch " + index);
        }
    }

    /** Lets a wait pass with the largest jitter. */
    Play afterSpread(Duration wait) {
        return later(wait.multipliedBy(3).dividedBy(2));
    }

    Play notSent(String branch, Duration retryAfter) {
        return answer(branch, new Outcome.NotSent("circuit open", retryAfter));
    }

    Play unreachable(String branch, Duration retryAfter) {
        return answer(branch, Outcome.NotSent.unreachable("connection refused", retryAfter));
    }

    /** Ends the branch's call in flight. */
    Play answer(String branch, Outcome outcome) {
        int index = here.plan().indexOf(branch);
        Effect.Call call = calls.stream()
                .filter(each -> each.branch() == index)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no call of " + branch + " is in flight: " + calls()));
        calls.remove(call);
        return after(new Event.CallFinished(index, call.role(), outcome));
    }

    /** Advances the time, sends a due alarm, and claims a row that is due. */
    Play later(Duration duration) {
        now = now.plus(duration);
        if (isInMemory() && alarm != null && !now.isBefore(alarm)) {
            alarm = null;
            step(new Event.Proceed());
        } else if (!isHeldHere() && row.isDue(now)) {
            claim();
        }
        return this;
    }

    /** Sets the time without an alarm or a claim. */
    Play atTime(Duration sinceStart) {
        now = START.plus(sinceStart);
        return this;
    }

    private boolean isInMemory() {
        return here.ownership().isHeld() || request != null;
    }

    /** Claims the row. The row is due, or its owner is dead. */
    Play claim() {
        boolean isClean = row.isClean();
        row.claim();
        load(Ownership.held(row.rev(), row.progress().revision()));
        return after(new Event.Claimed(2, isClean, row.adoptions()));
    }

    /** Lets the owner die. A write in progress is lost. */
    Play crash() {
        forget();
        return this;
    }

    Play crashAndAdopt() {
        return crash().claim();
    }

    /** Makes the write in progress durable. */
    Play written() {
        complete();
        return this;
    }

    Play proceed() {
        return after(new Event.Proceed());
    }

    Play flushDue() {
        return after(new Event.FlushDue());
    }

    Play drain() {
        return after(new Event.DrainDue());
    }

    /** Sends a request. A row without an owner is loaded for the request. */
    Play request(TransactionRequest asked) {
        if (!isHeldHere()) {
            load(Ownership.unheld(row.rev(), row.progress().revision()));
        }
        request = asked;
        awaited = -1;
        answer = "waits";
        offeredAt = now;
        Preview preview = Preview.of(here, null, asked, now, decider);
        int callsBefore = calls.size();
        long revBefore = row.rev();
        Play acted = after(new Event.Acted(asked, null));
        if (!isStoreSlow) {
            assertMatchesPreview(preview, revBefore, calls.subList(callsBefore, calls.size()));
        }
        return acted;
    }

    /** Verifies that the request had the effect that its preview showed. */
    private void assertMatchesPreview(Preview preview, long revBefore, List<Effect.Call> left) {
        assertThat(preview.calls()).as("calls").isEqualTo(left);
        assertThat(awaitedPositions()).as("position checks").containsAll(preview.positionChecks());
        assertThat(preview.isPutOff()).as("put off").isEqualTo(answer().equals("put off"));
        Refusal refused = preview.refused();
        assertThat(refused == null ? "" : refused.code().id())
                .as("refusal")
                .isEqualTo(answer().startsWith("ENT-") ? answer() : "");
        assertThat(preview.after().progress().history().events())
                .as("history")
                .isEqualTo(here.progress().history().events());
        Progress then = preview.after().progress();
        assertThat((here.ownership().isHeld() ? then : Row.withoutCalls(then)).branches())
                .as("branches")
                .isEqualTo(here.progress().branches());
        assertThat(preview.after().progress().parked())
                .isEqualTo(here.progress().parked());
        assertThat(preview.after().state()).isEqualTo(state());
        assertThat(preview.after().ownership().isHeld())
                .isEqualTo(here.ownership().isHeld());
        assertThat(preview.after().ownership().rev()).as("writes").isEqualTo(row.rev());
        if (!here.ownership().isHeld() && row.rev() > revBefore) {
            assertThat(preview.nextAt()).as("due").isEqualTo(row.dueAt());
        }
    }

    /** Commits a message. A message has no tries to name. */
    Play commit() {
        return request(new TransactionRequest.Commit(Set.of(), Map.of()));
    }

    Play abort() {
        return request(new TransactionRequest.Abort("changed my mind", "client", false, 0));
    }

    Play retry() {
        return request(new TransactionRequest.Retry("op", "fixed", 0));
    }

    Play resume() {
        return request(new TransactionRequest.Resume("op", "go on", 0));
    }

    Play park() {
        return request(new TransactionRequest.Park("op", "wait", 0));
    }

    Play resolve(String branch, Role role, Fact.Truth truth) {
        return request(new TransactionRequest.Resolve(branch, role, truth, null, "op", "looked", 0));
    }

    Play approve(String branch) {
        return request(new TransactionRequest.DecideApproval(branch, true, "boss", "checked", 0));
    }

    Play disapprove(String branch) {
        return request(new TransactionRequest.DecideApproval(branch, false, "boss", "too dear", 0));
    }

    Play force(TransactionState as) {
        return request(new TransactionRequest.ForceFinish(as, "op", "enough", 0));
    }

    /** Adds a client's branch to a BEGUN row, like the store. */
    Play register(Sketch.Part part) {
        row.register(row.plan().with(registered(part)));
        load(Ownership.unheld(row.rev(), row.progress().revision()));
        return this;
    }

    /** Adds a branch of a participant below the branch that is being tried. */
    Play registerNested(Sketch.Part part) {
        return request(new TransactionRequest.Register(registered(part), ByteString.copyFromUtf8("branch")));
    }

    private Branch registered(Sketch.Part part) {
        return part.branch(here.plan().pattern()).registered(now);
    }
}
