package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One life of one transaction: a random plan, and whatever may happen to it. */
final class Walk {
    /** Facts on record, whatever the participants answer. */
    private static final int LONGEST_HISTORY = 400;

    private final Random random;
    private final Play play;
    private final List<String> told = new ArrayList<>();
    private final Set<String> done = new HashSet<>();
    private int nested;

    /** The life of that seed, lived to its end. */
    static Play of(long seed) {
        Walk walk = new Walk(new Random(seed));
        try {
            walk.run();
            assertThat(walk.play.transaction().progress().revision()).isLessThan(LONGEST_HISTORY);
            return walk.play;
        } catch (AssertionError | RuntimeException broken) {
            throw new AssertionError("seed " + seed + " after " + walk.told + "\n" + broken.getMessage(), broken);
        }
    }

    private Walk(Random random) {
        this.random = random;
        Sketch sketch = new RandomSketch(random).draw();
        play = begin(sketch).withJitter(random.nextLong());
        if (random.nextBoolean()) {
            play.withSlowStore();
        }
        told.add(play.transaction().plan().toString());
    }

    private Play begin(Sketch sketch) {
        if (sketch.plan().checkBack() >= 0) {
            return Play.begunMessage(sketch);
        }
        if (sketch.plan().pattern() != Pattern.MESSAGE && random.nextInt(4) == 0) {
            sketch.deadline(Duration.ofSeconds(1 + random.nextInt(60)));
        }
        return switch (random.nextInt(8)) {
            case 0 -> Play.scheduled(sketch, Play.START.plusSeconds(random.nextInt(40)));
            case 1 -> Play.overloaded(sketch);
            case 2 -> sketch.plan().pattern() == Pattern.TCC ? Play.begun(sketch) : Play.waiting(sketch);
            default -> Play.waiting(sketch);
        };
    }

    // ---- what happens

    private void run() {
        for (int i = 0; i < 60 && !play.row().isFinished(); i++) {
            once();
        }
        for (int i = 0; i < 500 && !play.row().isFinished(); i++) {
            settle();
        }
        assertThat(play.row().isFinished()).as("it ends when all go well").isTrue();
    }

    private void once() {
        boolean isHeld = play.transaction().custody().isHeld();
        switch (random.nextInt(isHeld ? 12 : 3)) {
            case 0 -> pass(Duration.ofMillis(random.nextInt(30_000)));
            case 1 -> act(random.nextInt(14));
            case 2 -> write();
            case 3 -> tell("flush", play::flushDue);
            case 4 -> rarely();
            default -> answer(random.nextInt(14));
        }
    }

    private void rarely() {
        switch (random.nextInt(5)) {
            case 0 -> die();
            case 1 -> tell("drain", play::drain);
            case 2 -> pass(Duration.ofMinutes(11));
            default -> answer(0);
        }
    }

    private void die() {
        if (play.row().isOwned() && !play.row().isFinished()) {
            boolean isWritten = random.nextBoolean();
            tell(isWritten ? "crash after write" : "crash", isWritten ? play::crashAfterWrite : play::crash);
            if (play.row().isOwned()) {
                pass(Duration.ofSeconds(random.nextInt(30)));
                tell("adopt", play::claim);
            }
        }
    }

    private void write() {
        if (!play.write().equals("nothing")) {
            tell("written", play::written);
        }
    }

    private void pass(Duration duration) {
        told.add("+" + duration);
        play.later(duration);
    }

    /** Answers a delivery that waits for its turn. */
    private void turn(int what) {
        List<Integer> waiting = List.copyOf(play.awaitedTurns());
        String branch = play.transaction()
                .plan()
                .branches()
                .get(waiting.get(random.nextInt(waiting.size())))
                .id();
        switch (what) {
            case 0 -> tell(branch + " is behind another", () -> play.behind(branch, "another"));
            case 1 -> tell(branch + " rests", () -> play.blocked(branch, "another", Duration.ofSeconds(12)));
            case 2 -> tell(branch + " is unlucky", () -> play.blocked(branch, null, Duration.ofMillis(1)));
            default -> tell("turn of " + branch, () -> play.turnOf(branch));
        }
    }

    private void answer(int what) {
        if (!play.awaitedTurns().isEmpty() && random.nextBoolean()) {
            turn(what);
            return;
        }
        if (play.callsUnderWay().isEmpty()) {
            write();
            return;
        }
        Effect.Call call =
                play.callsUnderWay().get(random.nextInt(play.callsUnderWay().size()));
        String branch = play.transaction().plan().branches().get(call.branch()).id();
        Outcome outcome = sameAgain(branch, call.role(), outcome(what, call.role()));
        told.add(branch + " " + call.role() + " " + outcome);
        play.answer(branch, outcome);
    }

    /** Repeats an earlier yes: a participant that said yes to a call does not say no to the same call. */
    private Outcome sameAgain(String branch, Role role, Outcome outcome) {
        boolean isNo = outcome instanceof Outcome.Rejected || outcome instanceof Outcome.Failed;
        if (role == Role.FORWARD && outcome instanceof Outcome.Succeeded) {
            done.add(branch);
        }
        return role == Role.FORWARD && isNo && done.contains(branch) ? new Outcome.Succeeded(response()) : outcome;
    }

    private Outcome outcome(int what, Role role) {
        Duration wait = Duration.ofMillis(random.nextInt(20_000));
        return switch (what) {
            case 0, 1 -> new Outcome.Unknown("u", random.nextBoolean() ? wait : null);
            case 2 -> new Outcome.Rejected("r", random.nextBoolean());
            case 3 -> new Outcome.Failed("f", random.nextBoolean());
            case 4 -> new Outcome.InProgress("i", random.nextBoolean() ? wait : null);
            case 5 -> new Outcome.Misconfigured("m", random.nextBoolean(), random.nextBoolean());
            case 6 -> random.nextBoolean() ? new Outcome.NotSent("n", wait) : Outcome.NotSent.unreachable("n", wait);
            default -> new Outcome.Succeeded(role == Role.FORWARD ? response() : ByteString.EMPTY);
        };
    }

    /** With or without the field that others read. */
    private ByteString response() {
        return random.nextInt(4) == 0 ? ByteString.EMPTY : ByteString.copyFrom(new byte[] {8, 7});
    }

    private void act(int what) {
        boolean isLeaving = play.transaction().custody().isLeaving();
        if (play.row().isFinished()
                || isLeaving
                || play.answer().equals("waits")
                || play.answer().equals("put off")) {
            return;
        }
        int branches = play.transaction().plan().branches().size();
        String branch = play.transaction()
                .plan()
                .branches()
                .get(random.nextInt(branches))
                .id();
        switch (what) {
            case 0 -> tell("abort", play::abort);
            case 1, 2 -> tell("retry", play::retry);
            case 3 -> tell("resume", play::resume);
            case 4 -> tell("park", play::park);
            case 5, 6 -> nest(branch);
            case 7, 8 -> resolve(branch);
            case 9 -> tell("commit", () -> play.act(commit()));
            case 10 -> force();
            case 11, 12 -> decide(branch);
            case 13 -> skip();
            default -> {}
        }
    }

    private Act.Commit commit() {
        Set<String> names = new HashSet<>();
        play.transaction().plan().branches().forEach(branch -> names.add(branch.id()));
        return new Act.Commit(names, Map.of());
    }

    private void nest(String parent) {
        nested++;
        String id = parent + "/n" + nested;
        if (play.transaction().plan().pattern() == Pattern.TCC) {
            tell("nest " + id, () -> play.registerNested(Sketch.step(id)));
        }
    }

    private void resolve(String branch) {
        Role role = List.of(Role.values()).get(random.nextInt(Role.values().length));
        Fact.Truth truth = List.of(Fact.Truth.values()).get(random.nextInt(Fact.Truth.values().length));
        tell("resolve " + branch + " " + role + " " + truth, () -> play.resolve(branch, role, truth));
    }

    private void decide(String branch) {
        boolean isYes = random.nextBoolean();
        tell((isYes ? "approve " : "reject ") + branch, () -> {
            if (isYes) {
                play.approve(branch);
            } else {
                play.disapprove(branch);
            }
        });
    }

    private void skip() {
        if (play.transaction().plan().pattern() == Pattern.MESSAGE) {
            tell("skip", () -> play.act(new Act.Skip("op", "enough", 0)));
        }
    }

    private void force() {
        if (random.nextInt(4) == 0) {
            tell("force", () -> play.force(TransactionState.ABORTED));
        }
    }

    private void tell(String what, Runnable step) {
        told.add(what);
        step.run();
    }

    /** All go well from here on: it must end. */
    private void settle() {
        if (!play.write().equals("nothing")) {
            tell("written", play::written);
        } else if (!play.awaitedTurns().isEmpty()) {
            turn(13);
        } else if (!play.callsUnderWay().isEmpty()) {
            answer(13);
        } else if (awaited() != null && !play.row().isOwned()) {
            String branch = Objects.requireNonNull(awaited());
            tell("approve " + branch, () -> play.approve(branch));
        } else if (play.parked() != null && !play.row().isOwned()) {
            tell("retry", play.parked() == ParkReason.BINDING_ABSENT ? this::absent : play::retry);
        } else if (play.transaction().custody().isHeld() && play.alarm() == null) {
            tell("proceed", play::proceed);
        } else {
            pass(Duration.ofMinutes(1));
        }
    }

    private @Nullable String awaited() {
        return play.transaction().plan().branches().stream()
                .map(Branch::id)
                .filter(id ->
                        play.stateOf(id) == BranchState.AWAITING_APPROVAL && play.state() == TransactionState.RUNNING)
                .findFirst()
                .orElse(null);
    }

    /** Ends a transaction with a call that reads an absent field. It can only be resolved, undone or forced. */
    private void absent() {
        boolean isBeforePivot = isPivotStuckForField();
        if (random.nextBoolean()) {
            play.abort();
            assertThat(isBeforePivot && play.answer().equals("ENT-042"))
                    .as("a pivot whose call cannot leave closes the way back")
                    .isFalse();
        } else {
            play.force(TransactionState.ABORTED);
        }
        if (!play.answer().equals("done")) {
            // calls of a dead owner are outwaited
            pass(Duration.ofMinutes(1));
        }
    }

    private boolean isPivotStuckForField() {
        int pivot = PivotSide.pivot(play.transaction().plan());
        return play.state() == TransactionState.RUNNING
                && pivot >= 0
                && play.transaction().progress().branch(pivot).stuck() == ParkReason.BINDING_ABSENT;
    }
}
