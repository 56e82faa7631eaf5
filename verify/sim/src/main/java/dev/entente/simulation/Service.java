package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.server.participant.BranchCall;
import dev.entente.simulation.drawing.Script;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.world.Outage;
import dev.entente.simulation.world.SupersededCalls;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All simulated participants: each branch follows its script within the contract. It accepts an undo without its
 * forward call, and refuses a forward call after its undo and a completion without its forward call. A branch with a
 * barrier stores its verdicts.
 */
final class Service {
    private final Map<String, Branch> branches = new HashMap<>();
    private final Map<String, Nest> nests = new HashMap<>();
    private final Mutant mutant;
    private final LocalTransactions locals;
    private final Outage outage;
    private final SupersededCalls superseded;

    Service(Mutant mutant, Outage outage, SupersededCalls superseded) {
        this.outage = outage;
        this.superseded = superseded;
        this.mutant = mutant;
        this.locals = new LocalTransactions(mutant);
    }

    /** The state of one branch at its participant. */
    static final class Branch {
        final Script script;
        private final Set<Long> refusedCalls = new HashSet<>();
        private final Map<Role, Integer> executions = new EnumMap<>(Role.class);
        /** The highest fence that its barrier has stored, if it has a barrier. */
        private long fence = Fence.NONE;

        boolean isDone;
        boolean isRejected;
        boolean isUndone;
        boolean isCompleted;
        boolean wasCompletedUnseen;
        boolean isRepaired;
        /** The children that its answer names; null if it has no such list. */
        @Nullable
        Set<String> named;

        private int answers;
        private @Nullable ByteString response;

        Branch(Script script) {
            this.script = script;
        }

        /** Returns whether its forward operation was done and not undone. */
        boolean isInEffect() {
            return isDone && !isUndone;
        }

        /** Returns its latest answer, or null before the branch was done. */
        @Nullable
        ByteString response() {
            return response;
        }
    }

    /** Returns the times without a connection. */
    Outage outage() {
        return outage;
    }

    LocalTransactions locals() {
        return locals;
    }

    void script(String gid, String branch, Script script) {
        branches.put(gid + " " + branch, new Branch(script));
    }

    /** The ways in which a participant treats the children that its try registers. */
    enum Manner {
        /** The answer names the children that were tried successfully. */
        NAMES,
        /** The answer names no children; the participant refuses if a child did not succeed. */
        SILENT,
        /** The participant forgets to try its registered child, and its answer contains an empty list. */
        CARELESS
    }

    /** @param tries registers and tries a child, and reports whether both succeeded */
    private record Nest(String child, Manner manner, Consumer<Consumer<Boolean>> tries) {}

    /** Makes the forward call of that branch first register and try a child. */
    void nest(String gid, String branch, String child, Manner manner, Consumer<Consumer<Boolean>> tries) {
        nests.put(gid + " " + branch, new Nest(child, manner, tries));
    }

    /**
     * Executes one call that has arrived, including the calls that it makes itself.
     *
     * @param callId identical for a duplicate in transit, different for another attempt
     */
    void execute(BranchCall call, Role role, long callId, Consumer<Outcome> answer) {
        Nest nest = role == Role.FORWARD ? nests.get(call.gid() + " " + call.branch()) : null;
        if (nest == null) {
            answer.accept(execute(call, role, callId));
        } else {
            nest.tries().accept(isTried -> answer.accept(nesting(nest, isTried, call, callId)));
        }
    }

    /** Returns the parent's answer: a failure if its child's try failed, unless the parent is careless. */
    private Outcome nesting(Nest nest, boolean isTried, BranchCall call, long callId) {
        Branch parent = branch(call.gid(), call.branch());
        if (nest.manner() != Manner.SILENT) {
            Set<String> named = parent.named == null ? new HashSet<>() : parent.named;
            if (isTried && !parent.isDone) {
                named.add(nest.child());
            }
            parent.named = named;
        }
        if (isTried || nest.manner() == Manner.CARELESS) {
            return execute(call, Role.FORWARD, callId);
        }
        return parent.isDone ? done(parent) : new Outcome.Failed("its child could not be tried", false);
    }

    Branch branch(String gid, String branch) {
        return Objects.requireNonNull(branches.get(gid + " " + branch), () -> "no script for " + gid + " " + branch);
    }

    /** Makes every call succeed from now on, as after a repair. */
    void repair(String gid) {
        branches.forEach((key, branch) -> branch.isRepaired |= key.startsWith(gid + " "));
    }

    /** Raises the fences of barriers: commits that a failover lost had claimed each transaction more often. */
    void raiseFences() {
        branches.values().stream().filter(branch -> branch.fence != Fence.NONE).forEach(branch -> branch.fence += 50);
    }

    /** Executes a try that the client of an interactive transaction calls itself. */
    boolean tryByClient(String gid, String name) {
        return forward(branch(gid, name), null, 0) instanceof Outcome.Succeeded;
    }

    /** Returns every branch of a transaction that has a script. */
    Map<String, Branch> branches(String gid) {
        Map<String, Branch> found = new HashMap<>();
        branches.forEach((key, branch) -> {
            if (key.startsWith(gid + " ")) {
                found.put(key.substring(gid.length() + 1), branch);
            }
        });
        return found;
    }

    /** Executes one call that has arrived. */
    private Outcome execute(BranchCall call, Role role, long callId) {
        Branch branch = branch(call.gid(), call.branch());
        int executions = branch.executions.merge(role, 1, Integer::sum);
        Outcome trouble = branch.script.trouble(role, executions, branch.isRepaired);
        if (call.op().equals(Pattern.CHECK)) {
            return trouble == null ? checked(branch, call.gid()) : trouble;
        }
        if (trouble == null && isStale(branch, call)) {
            return new Outcome.StaleFence("fence " + call.fence() + " is older than what was here");
        }
        Outcome outcome = switch (role) {
            case FORWARD -> forward(branch, trouble, callId);
            case COMPLETION -> completion(branch, trouble);
            case UNDO -> undo(branch, trouble);
        };
        if (trouble == null) {
            keepFence(branch, call, role, outcome);
        }
        return outcome;
    }

    /** Returns whether the fence is stale; only a barrier stores fences. */
    private boolean isStale(Branch branch, BranchCall call) {
        return branch.script.hasBarrier() && fence(call) != Fence.NONE && fence(call) < branch.fence;
    }

    private void keepFence(Branch branch, BranchCall call, Role role, Outcome outcome) {
        if (branch.script.hasBarrier() && isOnRecord(branch, role)) {
            branch.fence = Math.max(branch.fence, fence(call));
            superseded.answered(call, role, outcome);
        }
    }

    private static boolean isOnRecord(Branch branch, Role role) {
        return switch (role) {
            case FORWARD -> branch.isDone || branch.isRejected || branch.isUndone;
            case COMPLETION -> branch.isCompleted;
            case UNDO -> branch.isUndone;
        };
    }

    private long fence(BranchCall call) {
        return mutant == Mutant.FIRST_FENCE_UNKNOWN ? call.fence() - Fence.BASE : call.fence();
    }

    /** Answers a check. A participant that cannot answer reports a failure, which decides nothing. */
    private Outcome checked(Branch branch, String gid) {
        boolean isAble = branch.isRepaired || branch.script.end() != Script.End.FAILED;
        return isAble ? locals.check(gid) : new Outcome.Failed("bad request", false);
    }

    private Outcome forward(Branch branch, @Nullable Outcome trouble, long callId) {
        if (branch.isUndone) {
            return new Outcome.Failed("undone already", false);
        }
        if (branch.isDone) {
            return done(branch);
        }
        if (branch.isRejected) {
            return new Outcome.Rejected("no", true);
        }
        if (branch.refusedCalls.contains(callId)) {
            return new Outcome.Rejected("no", false);
        }
        if (trouble != null) {
            return troubled(branch, trouble);
        }
        Script.End end = branch.isRepaired ? Script.End.DONE : branch.script.end();
        return switch (end) {
            case DONE -> done(branch);
            case FAILED -> new Outcome.Failed("bad request", false);
            case REJECTED -> rejected(branch, callId);
        };
    }

    private static Outcome done(Branch branch) {
        branch.isDone = true;
        // Without stored verdicts a repeated call gets a new response. Users of the first response must keep that one.
        if (branch.response == null || !branch.script.hasBarrier()) {
            branch.response = ByteString.copyFrom(new byte[] {0x08, (byte) (1 + branch.answers++ % 100)});
        }
        return new Outcome.Succeeded(branch.response, branch.named == null ? null : Set.copyOf(branch.named));
    }

    /** Returns this outcome. An execution that broke off may have done its work before. */
    private static Outcome troubled(Branch branch, Outcome trouble) {
        boolean hadEffect = trouble instanceof Outcome.Unknown
                && branch.script.end() == Script.End.DONE
                && branch.executions.getOrDefault(Role.FORWARD, 0) % 2 == 0;
        if (hadEffect) {
            done(branch);
        }
        return trouble;
    }

    /**
     * Refuses. Without a stored verdict another call may get another answer. Therefore a refusal is trusted only if it
     * answers the only call.
     */
    private Outcome rejected(Branch branch, long callId) {
        boolean stores = branch.script.hasBarrier() && mutant != Mutant.BARRIER_WITHOUT_VERDICTS;
        branch.isRejected = stores;
        if (!stores && !branch.refusedCalls.isEmpty()) {
            return done(branch);
        }
        branch.refusedCalls.add(callId);
        return new Outcome.Rejected("no", branch.script.hasBarrier());
    }

    private static Outcome completion(Branch branch, @Nullable Outcome trouble) {
        if (!branch.isDone) {
            branch.wasCompletedUnseen = true;
            return new Outcome.Failed("never tried", false);
        }
        if (trouble != null) {
            return trouble;
        }
        branch.isCompleted = true;
        return new Outcome.Succeeded(ByteString.EMPTY);
    }

    private static Outcome undo(Branch branch, @Nullable Outcome trouble) {
        if (trouble != null) {
            return trouble;
        }
        branch.isUndone = true;
        return new Outcome.Succeeded(ByteString.EMPTY);
    }
}
