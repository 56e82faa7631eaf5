package dev.entente.lab.sim;

import com.google.protobuf.ByteString;
import dev.entente.lab.sim.PlanMaker.Kind;
import dev.entente.server.codec.HistoryCodec;
import dev.entente.server.codec.Outline;
import dev.entente.server.codec.OutlineCodec;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.codec.ProgressCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.TransactionState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What everybody outside the coordinators saw of one run: what arrived at participants and what they did, what clients were told, and how each transaction
 * stands in the end. For a judge that must know nothing of the engine. Times are virtual milliseconds.
 */
public final class Tape {
    private final LongSupplier millis;
    private final IdentityHashMap<BranchCall, Departure> departures = new IdentityHashMap<>();
    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Map<String, Plan> plans = new HashMap<>();
    private final List<Arrived> arrived = new ArrayList<>();
    private final List<Done> done = new ArrayList<>();
    private final List<Heard> heard = new ArrayList<>();
    private final List<Ended> ended = new ArrayList<>();

    private record Departure(long incarnation, boolean isFromTheDead) {}

    /**
     * A call at its participant.
     *
     * @param isFromTheDead whether its coordinator had been declared dead when it sent it
     * @param receipt the bytes that it carried of an earlier branch's response, in hex; empty for none
     */
    public record Arrived(
            long at,
            long incarnation,
            boolean isFromTheDead,
            String gid,
            String branch,
            String op,
            int attempt,
            long fence,
            String receipt) {}

    /** Work that a participant did; or, of a forward operation, an answer that it gave once more. */
    public record Done(long at, String gid, String branch, String op, int attempt, long fence, String receipt) {}

    /**
     * What a client was told.
     *
     * @param what ACCEPTED, REFUSED, ENDED, COMMITTED, ABORTED, COMMIT_SENT or FORCED
     * @param state of the transaction, or empty
     */
    public record Heard(long at, String gid, String what, String state) {}

    /** One branch of a plan. {@code reads} names the branch whose response its forward call carries; empty for none. */
    public record Part(String name, boolean canBeUndone, String reads) {}

    /** An event of a history. */
    public record Fact(
            long at, String kind, String branch, String op, int attempt, String outcome, String stateAfter) {}

    /**
     * How a transaction stands.
     *
     * @param kind SAGA, TCC, INTERACTIVE, TWO_PHASE, …; MIXED where a branch is something else than a call and its undo: an approval, a pre-commit,
     *     a transaction of its own
     * @param state empty where there is none
     * @param branches each branch's state
     */
    public record Ended(
            String gid,
            String kind,
            List<Part> parts,
            String state,
            boolean isParked,
            Map<String, String> branches,
            List<Fact> history) {}

    Tape(LongSupplier millis) {
        this.millis = millis;
    }

    /** The names of the rules that a run can be robbed of. */
    public static List<String> mutants() {
        return Arrays.stream(Mutant.values())
                .filter(mutant -> mutant != Mutant.NONE)
                .map(Mutant::title)
                .toList();
    }

    /** Runs one seed with that mutant, or with the engine as it is. */
    public static Tape record(long seed, @Nullable String mutant) {
        Mutant broken = Arrays.stream(Mutant.values())
                .filter(one -> one.title().equals(mutant == null ? Mutant.NONE.title() : mutant))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no mutant is called " + mutant));
        return Simulation.tape(seed, broken);
    }

    public List<Arrived> arrived() {
        return arrived;
    }

    public List<Done> done() {
        return done;
    }

    public List<Heard> heard() {
        return heard;
    }

    public List<Ended> ended() {
        return ended;
    }

    // ---- recording

    void planned(String gid, Kind kind, Plan plan) {
        kinds.put(gid, kind);
        plans.put(gid, plan);
    }

    void left(BranchCall call, long incarnation, boolean isAlive) {
        departures.put(call, new Departure(incarnation, !isAlive));
    }

    void arrived(BranchCall call) {
        Departure departure = departures.getOrDefault(call, new Departure(0, false));
        arrived.add(new Arrived(
                millis.getAsLong(),
                departure.incarnation(),
                departure.isFromTheDead(),
                call.gid(),
                call.branch(),
                call.op(),
                call.attempt(),
                call.fence(),
                hex(call.request())));
    }

    void did(BranchCall call, @Nullable ByteString response) {
        did(call.gid(), call.branch(), call.op(), call.attempt(), call.fence(), response);
    }

    void did(String gid, String branch, String op, int attempt, long fence, @Nullable ByteString response) {
        done.add(new Done(millis.getAsLong(), gid, branch, op, attempt, fence, response == null ? "" : hex(response)));
    }

    void told(String gid, String what, @Nullable TransactionState state) {
        heard.add(new Heard(millis.getAsLong(), gid, what, state == null ? "" : state.name()));
    }

    /** A field's value: participants answer it as field 1, and are given it as field 2. */
    private static String hex(ByteString bytes) {
        return bytes.isEmpty()
                ? ""
                : HexFormat.of().formatHex(bytes.substring(1).toByteArray());
    }

    // ---- the end

    void close(Tables tables) {
        kinds.forEach((gid, kind) -> ended.add(end(gid, kind, tables.read(gid))));
    }

    private Ended end(String gid, Kind kind, @Nullable StoredTransaction row) {
        return switch (row) {
            case null ->
                new Ended(gid, name(kind, submitted(gid)), parts(gid, submitted(gid)), "", false, Map.of(), List.of());
            case OpenRow open -> {
                Plan plan = PlanCodec.standard().decodeStored(open.format(), open.plan());
                Progress progress = open.progress() == null ? null : ProgressCodec.decode(open.progress(), plan);
                yield end(gid, kind, plan, open.state(), open.parked() != null, progress);
            }
            case FinishedRow finished -> {
                Outline outline = OutlineCodec.decode(
                        finished.outline(),
                        finished.pattern(),
                        finished.name(),
                        finished.state(),
                        HistoryCodec.decode(finished.history()));
                yield end(gid, kind, outline.plan(), finished.state(), false, outline.progress());
            }
        };
    }

    private Ended end(
            String gid, Kind kind, Plan plan, TransactionState state, boolean isParked, @Nullable Progress progress) {
        Map<String, String> branches = new HashMap<>();
        List<Fact> history = new ArrayList<>();
        if (progress != null) {
            for (int i = 0; i < plan.branches().size(); i++) {
                branches.put(
                        plan.branches().get(i).id(), progress.branch(i).state().name());
            }
            progress.history().events().forEach(event -> history.add(fact(plan, event)));
        }
        return new Ended(gid, name(kind, plan), parts(gid, plan), state.name(), isParked, branches, history);
    }

    private static String name(Kind kind, Plan plan) {
        boolean isMixed = plan.branches().stream()
                .anyMatch(branch -> branch.approval() != null
                        || branch.continues() != null
                        || branch.forward().child() != null);
        return isMixed ? "MIXED" : kind.name();
    }

    private Plan submitted(String gid) {
        Plan plan = plans.get(gid);
        if (plan == null) {
            throw new IllegalStateException("nobody has planned " + gid);
        }
        return plan;
    }

    private List<Part> parts(String gid, Plan plan) {
        List<Part> parts = new ArrayList<>();
        for (Branch branch : plan.branches()) {
            int submitted = submitted(gid).indexOf(branch.id());
            String reads = submitted < 0
                    ? ""
                    : submitted(gid).branches().get(submitted).forward().bindings().stream()
                            .findFirst()
                            .map(Binding::from)
                            .orElse("");
            parts.add(new Part(branch.id(), branch.undo() != null, reads));
        }
        return parts;
    }

    private static Fact fact(Plan plan, HistoryEvent event) {
        boolean hasBranch =
                event.branch() >= 0 && event.branch() < plan.branches().size();
        return new Fact(
                event.time().toEpochMilli(),
                event.kind().name(),
                hasBranch ? plan.branches().get(event.branch()).id() : "",
                event.role() == null ? "" : plan.pattern().operationName(event.role()),
                event.attempt(),
                Integer.toString(event.outcomeCode()),
                event.stateAfter().name());
    }
}
