package dev.entente.simulation;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.TransactionState;
import dev.entente.simulation.random.PlanShape;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.KillPoint;
import dev.entente.v1.Plan;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The transitions and crash points that simulations have reached, and those that there are. */
final class Coverage {
    /**
     * Every arrow of the state diagrams in docs/patterns. Those of two-phase, messages and notifications are there once
     * more by themselves, for others have them all; and those of an approval.
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

    private final Set<String> pairs = new TreeSet<>();
    private final Set<String> transitions = new TreeSet<>();
    private final SeenShapes shapes = new SeenShapes();
    private final CrashTally tally = new CrashTally();
    private final CrashTable table = new CrashTable();
    private boolean hasCutOff;

    /** A client has drawn that plan. */
    void drawn(Plan plan) {
        shapes.add(PlanShape.hash(plan));
    }

    /** The shapes of the plans that were drawn. */
    SeenShapes shapes() {
        return shapes;
    }

    /** @param gids of what is open */
    void crashed(Crasher.Kill kill, Iterable<String> gids) {
        pairs.add(kill.point() + " " + kill.side());
        tally.crashed(kill.point(), gids);
    }

    void moved(GlobalTransaction before, GlobalTransaction after) {
        asked(before, after);
        tally.moved(before, after);
        String from = name(before);
        String to = name(after);
        if (!from.equals(to)) {
            transitions.add(from + ">" + to);
            switch (after.plan().pattern()) {
                case TWO_PHASE, MESSAGE, NOTIFICATION ->
                    transitions.add(after.plan().pattern() + " " + from + ">" + to);
                case SAGA, TCC -> {}
            }
        }
    }

    private void asked(GlobalTransaction before, GlobalTransaction after) {
        for (int i = 0; i < before.plan().branches().size(); i++) {
            BranchState from = before.progress().branch(i).state();
            BranchState to = after.progress().branch(i).state();
            if (before.plan().branches().get(i).approval() != null && from != to) {
                transitions.add("APPROVAL " + from + ">" + to);
            }
        }
    }

    private static String name(GlobalTransaction transaction) {
        boolean isParked =
                transaction.progress().parked() != null && !transaction.state().isTerminal();
        TransactionState state = transaction.state();
        return isParked ? "parked" : state.name();
    }

    /** A stream broke with calls under way. */
    void cutOff() {
        hasCutOff = true;
    }

    void add(Coverage other) {
        hasCutOff |= other.hasCutOff;
        pairs.addAll(other.pairs);
        transitions.addAll(other.transitions);
        shapes.add(other.shapes);
        table.add(other.tally.table());
    }

    /** Returns the ends of branches by crash point, of all runs that were added. */
    CrashTable table() {
        return table;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeBoolean(hasCutOff);
        for (Set<String> names : List.of(pairs, transitions)) {
            out.writeInt(names.size());
            for (String name : names) {
                out.writeUTF(name);
            }
        }
        out.writeInt(shapes.size());
        for (long shape : shapes.sorted()) {
            out.writeLong(shape);
        }
        table.write(out);
    }

    /** Adds what was written. */
    void read(DataInputStream in) throws IOException {
        hasCutOff |= in.readBoolean();
        for (Set<String> names : List.of(pairs, transitions)) {
            for (int i = in.readInt(); i > 0; i--) {
                names.add(in.readUTF());
            }
        }
        for (int i = in.readInt(); i > 0; i--) {
            shapes.add(in.readLong());
        }
        table.read(in);
    }

    int pairsHit() {
        return pairs.size();
    }

    int pairsTotal() {
        return KillPoint.values().length * KillPoint.Side.values().length;
    }

    int transitionsHit() {
        Set<String> drawn = new TreeSet<>(transitions);
        drawn.retainAll(TRANSITIONS);
        return drawn.size();
    }

    int transitionsTotal() {
        return TRANSITIONS.size();
    }

    /** Returns what was not reached, for people. */
    Set<String> missing() {
        Set<String> missing = new TreeSet<>(TRANSITIONS);
        missing.removeAll(transitions);
        for (KillPoint point : KillPoint.values()) {
            for (KillPoint.Side side : KillPoint.Side.values()) {
                if (!pairs.contains(point + " " + side)) {
                    missing.add(point + " " + side);
                }
            }
        }
        if (!hasCutOff) {
            missing.add("a stream that breaks");
        }
        return missing;
    }
}
