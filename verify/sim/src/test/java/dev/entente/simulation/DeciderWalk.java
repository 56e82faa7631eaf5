package dev.entente.simulation;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.Act;
import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.reference.Accusation;
import dev.entente.simulation.reference.Blueprint;
import dev.entente.simulation.reference.LaneOrder;
import dev.entente.simulation.reference.Occurrence;
import dev.entente.simulation.reference.Occurrence.Found;
import dev.entente.simulation.reference.StoredRecord;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.simulation.reference.TransactionReference;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One transaction, driven through the decider alone: calls that end in any way, crashes and takeovers, acts, time that
 * passes. The reference is told all of it, and every call and every write that follows is held against it.
 */
final class DeciderWalk {
    private static final int STEPS = 120;
    private static final String GID = "walk";

    private final Random random;
    private final WalkDraws draws;
    private final Decide decider;
    private final dev.entente.v1.Plan source;
    private final ApiPlan reading;
    private final TransactionReference reference;
    private final List<String> story = new ArrayList<>();
    private final List<InFlight> calls = new ArrayList<>();
    private final List<Integer> turns = new ArrayList<>();
    private final boolean isBegun;
    private final Instant createdAt;
    private final @Nullable Instant deadlineAt;
    private long now;
    private long incarnation = 1;
    private Plan plan;
    private @Nullable GlobalTransaction held;
    private Durable durable;
    private @Nullable Write write;
    private @Nullable Instant wakeAt;
    private @Nullable Offered offered;
    private int deeds;

    private record InFlight(Effect.Call call, Branch branch) {}

    /** The durable state in the table. */
    private record Durable(
            Progress progress,
            long rev,
            boolean isResting,
            boolean hasRun,
            @Nullable Instant dueAt) {}

    private record Write(Effect effect, Progress progress, boolean takes) {}

    private record Offered(
            Act act, int number, int answeredAt, @Nullable Instant since) {}

    DeciderWalk(long seed, dev.entente.v1.Plan source, boolean isBegun, Decide decider) {
        this.random = new Random(seed);
        this.draws = new WalkDraws(random);
        this.decider = decider;
        this.source = source;
        this.isBegun = isBegun;
        this.now = WalkPlans.NOW.toEpochMilli();
        this.createdAt = Instant.ofEpochMilli(now);
        this.plan = PlanCodec.standard().decode(source).plan();
        this.deadlineAt = plan.deadline() == null ? null : createdAt.plus(plan.deadline());
        this.reading = new ApiPlan(source, isBegun, now, Map.of());
        boolean isScheduled = plan.startTime() != null && plan.startTime().isAfter(createdAt);
        TransactionState state =
                isBegun ? TransactionState.BEGUN : isScheduled ? TransactionState.SCHEDULED : TransactionState.RUNNING;
        boolean isHeld = state == TransactionState.RUNNING;
        Progress accepted = Decider.accepted(plan, state, createdAt, incarnation);
        this.durable = new Durable(accepted, 0, !isHeld, isHeld, isHeld ? null : dueAt(state));
        Blueprint blueprint = reading.blueprint();
        this.reference = new TransactionReference(
                blueprint, new StoredRecord(Stage.valueOf(state.name()), List.of(), !isHeld, false), isHeld ? 1 : 0, 0);
        new LaneOrder().accepted(GID, blueprint).forEach(this::isFirst);
        if (isHeld) {
            held = transaction(accepted, Custody.held(0, accepted.revision()));
        }
    }

    private void isFirst(LaneOrder.Delivery delivery) {
        tell(new Occurrence.FirstOfLane(now, delivery.branch()));
    }

    private @Nullable Instant dueAt(TransactionState state) {
        if (state == TransactionState.SCHEDULED) {
            return plan.startTime();
        }
        Duration first = plan.terms().firstCheckAfter();
        return first == null ? deadlineAt : createdAt.plus(first);
    }

    private GlobalTransaction transaction(Progress progress, Custody custody) {
        return new GlobalTransaction(GID, plan, createdAt, deadlineAt, progress, custody);
    }

    /** Runs the walk and returns the accusations of the reference. */
    List<Accusation> run() {
        if (held != null) {
            decide(new Event.Proceed());
        }
        for (int i = 0; i < STEPS && !isOver() && reference.accusations().isEmpty(); i++) {
            step();
        }
        return reference.accusations();
    }

    boolean isOver() {
        return durable.progress().state().isTerminal();
    }

    /** The story, for people. */
    String told() {
        try {
            String json = JsonFormat.printer().omittingInsignificantWhitespace().print(source);
            return reference.accusations() + "\n  it went so:\n    " + String.join("\n    ", story) + "\n  plan: "
                    + json;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private void step() {
        now += 1 + random.nextInt(random.nextInt(6) == 0 ? 3000 : 40);
        int draw = random.nextInt(100);
        if (draw < 3 && held != null) {
            crash();
        } else if (draw < (held == null ? 40 : 12) && offered == null) {
            offer(draws.act(plan, isBegun));
        } else if (write != null && draw < 60) {
            written();
        } else if (!calls.isEmpty() && draw < 92) {
            answer(calls.remove(random.nextInt(calls.size())));
        } else if (!turns.isEmpty()) {
            decide(new Event.TurnCame(turns.removeFirst()));
        } else if (held == null) {
            claimIfDue();
        } else if (held.isDirty() && draw % 2 == 0) {
            decide(new Event.FlushDue());
        } else if (wakeAt != null) {
            now = Math.max(now, wakeAt.toEpochMilli());
            wakeAt = null;
            decide(new Event.Proceed());
        }
    }

    /** kill -9: a write under way is carried out or not, what was called may arrive. */
    private void crash() {
        if (write != null && random.nextBoolean()) {
            carryOut(write);
        }
        story.add(now + " the coordinator dies");
        held = null;
        write = null;
        wakeAt = null;
        offered = null;
        calls.clear();
        turns.clear();
        if (!durable.isResting() && !isOver()) {
            now += 5000;
            claim();
        }
    }

    private void claimIfDue() {
        Instant due = durable.dueAt();
        boolean isPatient = random.nextInt(isBegun ? 12 : 2) == 0;
        if (write == null && due != null && isPatient && !isOver()) {
            now = Math.max(now, due.toEpochMilli());
            claim();
        }
    }

    private void claim() {
        incarnation++;
        boolean isClean = durable.isResting() && durable.progress().restRev() == durable.rev();
        Found found = !durable.hasRun() ? Found.NEVER_RUN : isClean ? Found.AT_REST : Found.RUNNING;
        tell(new Occurrence.Claimed(now, incarnation, found));
        boolean isKnown = isClean || !durable.hasRun();
        durable = new Durable(reread(), durable.rev() + 1, false, true, null);
        held = transaction(
                durable.progress(),
                Custody.held(durable.rev(), durable.progress().revision()));
        decide(new Event.Claimed(incarnation, isKnown, 1));
    }

    private Progress reread() {
        return ProgressCodec.decode(ProgressCodec.encode(durable.progress()), plan);
    }

    private void decide(Event event) {
        GlobalTransaction before = held;
        if (before == null) {
            return;
        }
        boolean takes = !before.custody().isHeld() && !(event instanceof Event.Written);
        Decision decision = decider.decide(before, event, Instant.ofEpochMilli(now), random.nextLong());
        held = decision.next();
        for (Effect effect : decision.effects()) {
            carryOut(effect, decision.next(), takes);
        }
    }

    private void carryOut(Effect effect, GlobalTransaction next, boolean takes) {
        switch (effect) {
            case Effect.Call call -> {
                Branch branch = plan.branches().get(call.branch());
                if (branch.forward().child() == null || call.role() != Role.FORWARD) {
                    tell(new Occurrence.Left(
                            now, incarnation, branch.shownId(), plan.operationName(call.branch(), call.role())));
                }
                calls.add(new InFlight(call, branch));
            }
            case Effect.Flush _, Effect.Rest _, Effect.Finish _ -> write = new Write(effect, next.progress(), takes);
            case Effect.Wake wake -> wakeAt = wakeAt == null || wake.at().isBefore(wakeAt) ? wake.at() : wakeAt;
            case Effect.Recorded recorded -> recorded(recorded.revision());
            case Effect.Refuse _ -> reply(false);
            case Effect.AwaitTurn turn -> turns.add(turn.branch());
            case Effect.Defer _ -> {}
        }
    }

    private void answer(InFlight done) {
        Outcome outcome = draws.outcome(done.call().role());
        boolean isChild = done.branch().forward().child() != null && done.call().role() == Role.FORWARD;
        if (isChild && outcome instanceof Outcome.Succeeded) {
            tell(new Occurrence.ChildAccepted(now, done.branch().id()));
        } else if (isChild) {
            outcome = new Outcome.Unknown("not accepted", null);
        } else {
            tell(new Occurrence.Heard(
                    now,
                    incarnation,
                    done.branch().shownId(),
                    plan.operationName(done.call().branch(), done.call().role()),
                    StoredReading.kind(outcome),
                    StoredReading.tried(done.branch().shownId(), outcome)));
        }
        decide(new Event.CallFinished(done.call().branch(), done.call().role(), outcome));
        offerAgain();
    }

    private void written() {
        Write done = write;
        if (done == null) {
            return;
        }
        write = null;
        carryOut(done);
        decide(new Event.Written(durable.rev()));
        if (durable.isResting() || isOver()) {
            held = null;
            wakeAt = null;
        }
        Offered act = offered;
        if (act != null
                && act.answeredAt() > 0
                && act.answeredAt() <= durable.progress().revision()) {
            reply(true);
        }
        offerAgain();
    }

    private void carryOut(Write done) {
        boolean isResting = !(done.effect() instanceof Effect.Flush);
        Instant dueAt = done.effect() instanceof Effect.Rest rest ? rest.dueAt() : null;
        durable = new Durable(done.progress(), durable.rev() + 1, isResting, true, dueAt);
        Progress progress = done.progress();
        StoredRecord stored = StoredReading.record(plan, progress.state(), progress.history(), isResting);
        tell(new Occurrence.Written(now, incarnation, done.takes(), stored));
    }

    private void offer(@Nullable Act act) {
        if (act == null || isOver()) {
            return;
        }
        int number = ++deeds;
        offered = new Offered(act, number, 0, null);
        tell(new Occurrence.Asked(now, number, StoredReading.deed(plan, act)));
        offerAgain();
    }

    /** An act that waits is offered again; one at a transaction that rests finds the row. */
    private void offerAgain() {
        Offered act = offered;
        if (act == null || act.answeredAt() > 0 || write != null || isOver()) {
            return;
        }
        if (held == null && isBegun && act.act() instanceof Act.Register register) {
            registerAtRest(register);
            return;
        }
        if (held == null) {
            incarnation++;
            held = transaction(
                    reread(), Custody.unheld(durable.rev(), durable.progress().revision()));
        }
        decide(new Event.Acted(act.act(), act.since()));
        Offered after = offered;
        if (after != null && after.answeredAt() == 0) {
            offered = new Offered(act.act(), act.number(), 0, Instant.ofEpochMilli(now));
        }
        GlobalTransaction stays = held;
        if (stays != null && !stays.custody().isHeld() && write == null) {
            held = null;
        }
    }

    /** As the table does it, where nobody holds a transaction that was begun. */
    private void registerAtRest(Act.Register register) {
        Branch branch = register.branch();
        boolean isFit = durable.progress().state() == TransactionState.BEGUN
                && durable.progress().parked() == null
                && (branch.parent() == null || plan.indexOf(branch.parent()) >= 0);
        if (isFit) {
            plan = plan.with(branch.registered(Instant.ofEpochMilli(now)));
            List<BranchProgress> branches = new ArrayList<>(durable.progress().branches());
            branches.add(BranchProgress.UNTOUCHED);
            Progress progress = durable.progress().withBranches(branches);
            durable = new Durable(progress, durable.rev() + 1, true, durable.hasRun(), durable.dueAt());
            tellJoined(plan);
        }
        reply(isFit);
    }

    private void recorded(int revision) {
        Offered act = offered;
        if (act != null) {
            join(act.act());
            offered = new Offered(act.act(), act.number(), Math.max(1, revision), null);
            if (revision <= durable.progress().revision()) {
                reply(true);
            }
        }
    }

    private void join(Act act) {
        GlobalTransaction changed = held;
        if (act instanceof Act.Register && changed != null) {
            plan = changed.plan();
            tellJoined(plan);
        }
    }

    private void tellJoined(Plan grown) {
        for (Branch branch : grown.branches()) {
            String id = branch.id().substring(branch.id().lastIndexOf('/') + 1);
            if (reference.plan().limbs().stream().noneMatch(limb -> limb.id().equals(branch.id()))) {
                String parent = branch.parent() == null ? "" : branch.parent();
                TccBranch message = new PlanMaker(new Random(0)).branch(id, parent);
                tell(new Occurrence.Joined(now, reading.registered(message)));
            }
        }
    }

    private void reply(boolean isOk) {
        Offered act = offered;
        if (act != null) {
            tell(new Occurrence.Replied(now, act.number(), isOk));
            offered = null;
        }
    }

    private void tell(Occurrence seen) {
        story.add(String.valueOf(seen));
        reference.saw(seen);
    }
}
