package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.Replay;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.reference.Observation;
import dev.entente.simulation.reference.Observation.Found;
import dev.entente.simulation.reference.QueueOrderRules;
import dev.entente.simulation.reference.RulePlan;
import dev.entente.simulation.reference.StoredRecord;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.simulation.reference.TransactionReference;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The environment of one transaction in a random walk: its row, its calls, the time, and the engine's part of the work.
 * The reference receives all events and checks every call, write and response against the rules.
 */
abstract sealed class WalkStage permits DeciderWalk {
    private static final String GID = "walk";
    static final long TIMEOUT_MILLIS = Duration.ofMinutes(10).toMillis();

    final Random random;
    final WalkDraws draws;
    private final Decider decider = new Decider();
    private final dev.entente.v1.Plan source;
    private final ApiPlan reading;
    private final TransactionReference reference;
    private final QueueOrderRules queues = new QueueOrderRules();
    final Set<String> firstInQueue = new HashSet<>();
    private final SeenTransitions seen = new SeenTransitions();
    final List<String> log = new ArrayList<>();
    final List<Effect.Call> calls = new ArrayList<>();
    final List<Integer> queueChecks = new ArrayList<>();
    final boolean isBegun;
    private final Instant createdAt;
    private final @Nullable Instant deadlineAt;
    long now = WalkDraws.NOW.toEpochMilli();
    long incarnation = 1;

    @Nullable
    GlobalTransaction held;

    Durable durable;

    @Nullable
    Write write;

    @Nullable
    Instant wakeAt;

    @Nullable
    Offered offered;

    private int requestCount;

    /** The durable state in the table. */
    record Durable(
            Plan plan,
            Progress progress,
            long rev,
            boolean isResting,
            boolean hasRun,
            @Nullable Instant dueAt) {}

    record Write(Effect effect, GlobalTransaction written, boolean takes) {}

    record Offered(
            TransactionRequest request,
            int number,
            int answeredAt,
            @Nullable Instant since) {}

    WalkStage(long seed) {
        this.random = new Random(seed);
        this.draws = new WalkDraws(random);
        this.isBegun = seed % 5 == 0;
        this.source = isBegun ? draws.begun() : draws.plan();
        this.createdAt = Instant.ofEpochMilli(now);
        Plan plan = PlanCodec.standard().decode(source).plan();
        this.deadlineAt = plan.deadline() == null ? null : createdAt.plus(plan.deadline());
        this.reading = new ApiPlan(source, isBegun, now, Map.of());
        boolean isScheduled = plan.startTime() != null && plan.startTime().isAfter(createdAt);
        TransactionState state =
                isBegun ? TransactionState.BEGUN : isScheduled ? TransactionState.SCHEDULED : TransactionState.RUNNING;
        // sometimes memory has no capacity for the transaction
        boolean isHeld = state == TransactionState.RUNNING && random.nextInt(8) > 0;
        Progress accepted = Decider.accepted(plan, state, createdAt, incarnation);
        this.durable = new Durable(plan, accepted, 0, !isHeld, isHeld, isHeld ? null : dueAt(plan, state));
        RulePlan rulePlan = reading.rulePlan();
        StoredRecord record = new StoredRecord(Stage.valueOf(state.name()), List.of(), !isHeld, false);
        this.reference = new TransactionReference(rulePlan, record, isHeld ? 1 : 0, 0, TIMEOUT_MILLIS);
        queues.accepted(GID, rulePlan).forEach(delivery -> firstInQueue.add(delivery.branch()));
        if (isHeld) {
            held = transaction(Ownership.held(0, accepted.revision()));
        }
    }

    private @Nullable Instant dueAt(Plan plan, TransactionState state) {
        if (state == TransactionState.SCHEDULED) {
            return plan.startTime();
        }
        if (state == TransactionState.RUNNING) {
            return createdAt;
        }
        Duration first = plan.terms().firstCheckAfter();
        return first == null ? deadlineAt : createdAt.plus(first);
    }

    /** Loads the row. */
    private GlobalTransaction transaction(Ownership ownership) {
        Progress progress = ProgressCodec.decode(ProgressCodec.encode(durable.progress()), durable.plan());
        return new GlobalTransaction(GID, durable.plan(), createdAt, deadlineAt, progress, ownership);
    }

    final boolean isOver() {
        return durable.progress().state().isTerminal();
    }

    final TransactionState state() {
        return durable.progress().state();
    }

    final Plan plan() {
        return durable.plan();
    }

    final SeenTransitions seen() {
        return seen;
    }

    /** Returns the log of the walk as readable text. */
    final String reported() {
        try {
            String json = JsonFormat.printer().omittingInsignificantWhitespace().print(source);
            return "\n  it went so:\n    " + String.join("\n    ", log) + "\n  plan: " + json;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    final void forget() {
        held = null;
        write = null;
        wakeAt = null;
        queueChecks.clear();
    }

    final void claim() {
        incarnation++;
        boolean isClean = durable.isResting() && durable.progress().restRev() == durable.rev();
        Found found = !durable.hasRun() ? Found.NEVER_RUN : isClean ? Found.AT_REST : Found.RUNNING;
        report(new Observation.Claimed(now, incarnation, found));
        boolean isKnown = isClean || !durable.hasRun();
        durable = new Durable(durable.plan(), durable.progress(), durable.rev() + 1, false, true, null);
        held = transaction(Ownership.held(durable.rev(), durable.progress().revision()));
        decide(new Event.Claimed(incarnation, isKnown, 1));
    }

    final void decide(Event event) {
        GlobalTransaction before = held;
        if (before == null) {
            return;
        }
        boolean takes = !before.ownership().isHeld() && !(event instanceof Event.Written);
        Decision decision = decider.decide(before, event, Instant.ofEpochMilli(now), random.nextLong());
        held = decision.next();
        seen.note(before, decision.next());
        for (Effect effect : decision.effects()) {
            carryOut(effect, decision.next(), takes);
        }
    }

    private void carryOut(Effect effect, GlobalTransaction next, boolean takes) {
        switch (effect) {
            case Effect.Call call -> {
                if (!isOffer(next.plan(), call)) {
                    long until = now + call.timeout().toMillis();
                    String branch = next.plan().branches().get(call.branch()).shownId();
                    String operation = next.plan().operationName(call.branch(), call.role());
                    report(new Observation.Left(now, incarnation, branch, operation, until));
                }
                calls.add(call);
            }
            case Effect.Flush _, Effect.Release _, Effect.Finish _ -> {
                assertThat(write).as("one write at a time").isNull();
                write = new Write(effect, next, takes);
                checkWrite(effect, next);
            }
            case Effect.Wake wake -> wakeAt = wakeAt == null || wake.at().isBefore(wakeAt) ? wake.at() : wakeAt;
            case Effect.Recorded recorded -> recorded(recorded.revision());
            case Effect.Refuse _ -> {
                assertThat(isFinalStateVolatile())
                        .as("L5: told of an end that is not durable")
                        .isFalse();
                reply(false);
            }
            case Effect.AwaitPosition awaitPosition -> queueChecks.add(awaitPosition.branch());
            case Effect.Defer _ -> {}
        }
    }

    /** Returns whether the call offers a child transaction. A step that is a transaction is offered, not called. */
    static boolean isOffer(Plan plan, Effect.Call call) {
        return call.role() == Role.FORWARD
                && plan.branches().get(call.branch()).forward().child() != null;
    }

    /**
     * Checks a write against the laws that no call shows: the history can be replayed, and no transaction stops
     * forever.
     */
    private static void checkWrite(Effect effect, GlobalTransaction next) {
        Progress progress = next.progress();
        assertThat(Replay.of(next.plan(), progress).firstDifference())
                .as("history replays")
                .isNull();
        if (!(effect instanceof Effect.Flush)) {
            assertThat(progress.hasCallInFlight())
                    .as("releases the row with a call in flight")
                    .isFalse();
        }
        if (effect instanceof Effect.Release rest) {
            assertThat(rest.dueAt() != null || progress.parked() != null)
                    .as("L6: due or parked")
                    .isTrue();
        }
    }

    final void written() {
        Write done = write;
        if (done == null) {
            return;
        }
        write = null;
        carryOut(done);
        if (durable.isResting()) {
            forget();
        } else {
            decide(new Event.Written(durable.rev()));
        }
        replyIfDurable();
        offerAgain();
    }

    final void carryOut(Write done) {
        GlobalTransaction next = done.written();
        boolean isResting = !(done.effect() instanceof Effect.Flush);
        Instant dueAt = done.effect() instanceof Effect.Release rest ? rest.dueAt() : null;
        boolean hasGrown = !(done.effect() instanceof Effect.Flush flush) || flush.planAppended() != null;
        Plan plan = hasGrown ? next.plan() : durable.plan();
        assertThat(plan.branches())
                .as("the stored plan has every branch that joined")
                .hasSameSizeAs(next.plan().branches());
        durable = new Durable(plan, next.progress(), durable.rev() + 1, isResting, true, dueAt);
        reportJoined();
        StoredRecord stored =
                StoredReading.record(plan, next.state(), next.progress().history(), isResting);
        report(new Observation.Written(now, incarnation, done.takes(), stored));
        StoredReading.ended(stored)
                .forEach(branch -> queues.ended(GID, branch).forEach(free -> firstInQueue.add(free.branch())));
    }

    // ---- operations

    final void offer(@Nullable TransactionRequest request) {
        if (request == null || isOver()) {
            return;
        }
        int number = ++requestCount;
        offered = new Offered(request, number, 0, null);
        report(new Observation.Asked(now, number, StoredReading.request(durable.plan(), request)));
        offerAgain();
    }

    /** Offers a waiting operation again. An operation on a resting transaction loads the row. */
    final void offerAgain() {
        Offered request = offered;
        if (request == null || request.answeredAt() > 0 || write != null || isOver()) {
            return;
        }
        if (held == null
                && state() == TransactionState.BEGUN
                && request.request() instanceof TransactionRequest.Register register) {
            registerAtRest(register);
            return;
        }
        if (held == null) {
            incarnation++;
            held = transaction(
                    Ownership.unheld(durable.rev(), durable.progress().revision()));
        }
        decide(new Event.Acted(request.request(), request.since()));
        Offered after = offered;
        if (after != null && after.answeredAt() == 0) {
            Instant since = request.since() == null ? Instant.ofEpochMilli(now) : request.since();
            offered = new Offered(request.request(), request.number(), 0, since);
        }
        GlobalTransaction current = held;
        if (current != null && !current.ownership().isHeld() && write == null) {
            held = null;
        }
    }

    /** Registers a branch like the table does while no coordinator owns the begun transaction. */
    private void registerAtRest(TransactionRequest.Register register) {
        Branch branch = register.branch();
        boolean isRegistered = durable.progress().parked() == null
                && (branch.parent() == null || durable.plan().indexOf(branch.parent()) >= 0);
        if (isRegistered) {
            Plan plan = durable.plan().with(branch.registered(Instant.ofEpochMilli(now)));
            List<BranchProgress> branches = new ArrayList<>(durable.progress().branches());
            branches.add(BranchProgress.UNTOUCHED);
            Progress progress = durable.progress().withBranches(branches);
            durable = new Durable(plan, progress, durable.rev() + 1, true, durable.hasRun(), durable.dueAt());
            reportJoined();
        }
        reply(isRegistered);
    }

    private void recorded(int revision) {
        Offered request = offered;
        if (request != null) {
            offered = new Offered(request.request(), request.number(), Math.max(1, revision), null);
            replyIfDurable();
        }
    }

    private void replyIfDurable() {
        Offered request = offered;
        boolean isDurable = request != null
                && request.answeredAt() > 0
                && request.answeredAt() <= durable.progress().revision();
        if (isDurable && !isFinalStateVolatile()) {
            reply(true);
        }
    }

    private boolean isFinalStateVolatile() {
        return held != null && held.state().isTerminal() && !isOver();
    }

    private void reportJoined() {
        for (Branch branch : durable.plan().branches()) {
            boolean isKnown = reference.plan().branches().stream()
                    .anyMatch(known -> known.id().equals(branch.shownId()));
            if (!isKnown) {
                String id = branch.id().substring(branch.id().lastIndexOf('/') + 1);
                String parent = branch.parent() == null ? "" : branch.parent();
                TccBranch message = new PlanMaker(new Random(0)).branch(id, parent);
                report(new Observation.Joined(now, reading.registered(message)));
            }
        }
    }

    private void reply(boolean isOk) {
        Offered request = offered;
        if (request == null) {
            return;
        }
        report(new Observation.Replied(now, request.number(), isOk));
        offered = null;
    }

    final void report(Observation seenNow) {
        log.add(String.valueOf(seenNow));
        reference.saw(seenNow);
        assertThat(reference.ruleViolations()).isEmpty();
    }
}
