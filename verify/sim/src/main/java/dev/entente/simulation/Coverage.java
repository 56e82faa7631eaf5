package dev.entente.simulation;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.TransactionState;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.KillPoint;
import java.util.Set;
import java.util.TreeSet;

/** The reached and the possible transitions and crash points of simulations. */
final class Coverage {
    /**
     * Every change of a transaction's state that one decision can make. One decision may pass several transitions of
     * the state diagrams in docs/patterns: {@code SCHEDULED>ABORTED} passes UNDOING. Changes of two-phase transactions,
     * messages and notifications are listed a second time with the name of their pattern, because other patterns have
     * the same changes. The transitions of an approval branch are listed, too.
     */
    static final Set<String> TRANSITIONS = Set.of(
            "BEGUN>COMPLETING",
            "BEGUN>UNDOING",
            "BEGUN>ABORTED",
            "BEGUN>RUNNING",
            "BEGUN>SUCCEEDED",
            "SCHEDULED>RUNNING",
            "SCHEDULED>ABORTED",
            "RUNNING>SUCCEEDED",
            "RUNNING>COMPLETING",
            "RUNNING>UNDOING",
            "RUNNING>ABORTED",
            "RUNNING>parked",
            "COMPLETING>SUCCEEDED",
            "COMPLETING>parked",
            "UNDOING>ABORTED",
            "UNDOING>parked",
            "parked>RUNNING",
            "parked>COMPLETING",
            "parked>UNDOING",
            "TWO_PHASE RUNNING>COMPLETING",
            "TWO_PHASE RUNNING>UNDOING",
            "TWO_PHASE COMPLETING>SUCCEEDED",
            "TWO_PHASE COMPLETING>parked",
            "TWO_PHASE UNDOING>ABORTED",
            "TWO_PHASE UNDOING>parked",
            "NOTIFICATION SCHEDULED>RUNNING",
            "NOTIFICATION RUNNING>SUCCEEDED",
            "NOTIFICATION RUNNING>GIVEN_UP",
            "NOTIFICATION RUNNING>ABORTED",
            "APPROVAL PENDING>AWAITING_APPROVAL",
            "APPROVAL PENDING>SKIPPED",
            "APPROVAL AWAITING_APPROVAL>DONE",
            "APPROVAL AWAITING_APPROVAL>REJECTED",
            "APPROVAL AWAITING_APPROVAL>SKIPPED",
            "MESSAGE BEGUN>RUNNING",
            "MESSAGE BEGUN>ABORTED",
            "MESSAGE BEGUN>parked",
            "MESSAGE RUNNING>SUCCEEDED",
            "MESSAGE RUNNING>parked",
            "MESSAGE parked>RUNNING");

    /** The number of all reachable transitions and crash points. */
    static final int TOTAL = all().size();

    private static final String CUT_OFF = "a stream that breaks";

    private final Set<String> reached = new TreeSet<>();

    private static Set<String> all() {
        Set<String> all = new TreeSet<>(TRANSITIONS);
        for (KillPoint point : KillPoint.values()) {
            for (KillPoint.Side side : KillPoint.Side.values()) {
                all.add(point + " " + side);
            }
        }
        all.add(CUT_OFF);
        return all;
    }

    void crashed(Crasher.Kill kill) {
        reached.add(kill.point() + " " + kill.side());
    }

    /** Records that a stream broke with calls in flight. */
    void cutOff() {
        reached.add(CUT_OFF);
    }

    void moved(GlobalTransaction before, GlobalTransaction after) {
        asked(before, after);
        String from = name(before);
        String to = name(after);
        if (!from.equals(to)) {
            reached(from + ">" + to);
            reached(after.plan().pattern() + " " + from + ">" + to);
        }
    }

    private void asked(GlobalTransaction before, GlobalTransaction after) {
        for (int i = 0; i < before.plan().branches().size(); i++) {
            BranchState from = before.progress().branch(i).state();
            BranchState to = after.progress().branch(i).state();
            if (before.plan().branches().get(i).approval() != null && from != to) {
                reached("APPROVAL " + from + ">" + to);
            }
        }
    }

    private void reached(String transition) {
        if (TRANSITIONS.contains(transition)) {
            reached.add(transition);
        }
    }

    private static String name(GlobalTransaction transaction) {
        boolean isParked =
                transaction.progress().parked() != null && !transaction.state().isTerminal();
        TransactionState state = transaction.state();
        return isParked ? "parked" : state.name();
    }

    void add(Coverage other) {
        reached.addAll(other.reached);
    }

    int reached() {
        return reached.size();
    }

    /** Returns the transitions and crash points that were not reached, for people. */
    Set<String> missing() {
        Set<String> missing = all();
        missing.removeAll(reached);
        return missing;
    }
}
