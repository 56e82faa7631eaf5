package dev.entente.simulation;

import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Fact.Called;
import dev.entente.core.transaction.Fact.Finished;
import dev.entente.core.transaction.Fact.OfBranch;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.simulation.RunRecording.Ended;
import dev.entente.simulation.RunRecording.Fact;
import dev.entente.simulation.RunRecording.Part;
import dev.entente.simulation.drawing.PlanMaker.Kind;
import dev.entente.simulation.store.Tables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How each transaction stands at the end of a run, as whoever asks a coordinator is told. */
final class Endings {
    private final Map<String, Kind> kinds;
    private final Map<String, Plan> plans;

    /** @param plans what clients have submitted, by gid; with every gid of {@code kinds} */
    Endings(Map<String, Kind> kinds, Map<String, Plan> plans) {
        this.kinds = kinds;
        this.plans = plans;
    }

    List<Ended> of(Tables tables) {
        List<Ended> endings = new ArrayList<>();
        kinds.keySet().forEach(gid -> endings.add(end(gid, tables.read(gid))));
        return endings;
    }

    private Plan submitted(String gid) {
        return Objects.requireNonNull(plans.get(gid), gid);
    }

    private Ended end(String gid, @Nullable StoredTransaction row) {
        return switch (row) {
            case null -> end(gid, submitted(gid), "", false, null);
            case OpenRow open -> {
                Plan plan = PlanCodec.standard().decodeStored(open.format(), open.plan());
                Progress progress = open.progress() == null ? null : ProgressCodec.decode(open.progress(), plan);
                yield end(gid, plan, open.state().name(), open.parked() != null, progress);
            }
            case FinishedRow finished -> {
                Plan plan = PlanCodec.decodeEnded(finished.plan(), finished.name());
                Progress progress = ProgressCodec.decode(finished.progress(), plan);
                yield end(gid, plan, finished.state().name(), false, progress);
            }
        };
    }

    private Ended end(String gid, Plan plan, String state, boolean isParked, @Nullable Progress progress) {
        Map<String, String> branches = new HashMap<>();
        List<Fact> history = new ArrayList<>();
        if (progress != null) {
            for (int i = 0; i < plan.branches().size(); i++) {
                branches.put(
                        plan.branches().get(i).id(), progress.branch(i).state().name());
            }
            progress.history().events().forEach(event -> history.add(fact(gid, plan, event)));
        }
        HistoryEvent last = progress == null ? null : progress.history().last();
        boolean isForced = last != null
                && last.fact() instanceof Finished finished
                && !finished.actor().isEmpty();
        return new Ended(
                gid,
                kind(gid, plan),
                submitted(gid).checkBack() >= 0,
                parts(gid, plan),
                state,
                isParked,
                isForced,
                branches,
                history);
    }

    private String kind(String gid, Plan plan) {
        boolean isMixed = plan.branches().stream()
                .anyMatch(
                        branch -> branch.continues() != null || branch.forward().child() != null);
        Kind kind = Objects.requireNonNull(kinds.get(gid), gid);
        return isMixed ? "MIXED" : kind == Kind.CHECKED ? Kind.MESSAGE.name() : kind.name();
    }

    /** Returns the parts of the plan. The client knows those that a finished row does not keep. */
    private List<Part> parts(String gid, Plan plan) {
        List<Part> parts = new ArrayList<>();
        for (Branch branch : plan.branches()) {
            int index = submitted(gid).indexOf(branch.id());
            if (branch.approval() == null
                    && (index < 0 || index != submitted(gid).checkBack())) {
                parts.add(index < 0 ? part(branch) : part(submitted(gid), index));
            }
        }
        return parts;
    }

    private static Part part(Branch registered) {
        int end = registered.id().lastIndexOf('/');
        Set<String> parents = end < 0 ? Set.of() : Set.of(registered.id().substring(0, end));
        return new Part(registered.id(), registered.undo() != null, "", false, "", false, "", parents);
    }

    private static Part part(Plan plan, int index) {
        Branch branch = plan.branches().get(index);
        Branch gate = gate(plan, branch);
        Approval approval = gate == null ? null : gate.approval();
        return new Part(
                branch.id(),
                branch.undo() != null,
                reads(branch),
                branch.pivot(),
                gate == null ? "" : gate.id(),
                approval != null && approval.onExpiry() == Approval.Expiry.APPROVE,
                lane(plan, branch),
                ancestors(plan, branch.id()));
    }

    /** Returns the names of all that a branch comes after, or is nested under, at any distance. */
    private static Set<String> ancestors(Plan plan, String branch) {
        Set<String> ancestors = new HashSet<>();
        List<String> toVisit = new ArrayList<>(List.of(branch));
        while (!toVisit.isEmpty()) {
            Branch at = plan.branches().get(plan.indexOf(toVisit.removeLast()));
            List<String> above = new ArrayList<>(at.after());
            Stream.ofNullable(at.parent()).forEach(above::add);
            above.stream().filter(ancestors::add).forEach(toVisit::add);
        }
        return ancestors;
    }

    /**
     * Returns the branch that this one reads from; empty where its calls carry different answers, for then nothing is
     * told of them.
     */
    private static String reads(Branch branch) {
        Set<String> read = from(branch.forward());
        Set<String> undoReads = from(branch.undo());
        boolean isOne = read.size() == 1 && (undoReads.isEmpty() || undoReads.equals(read));
        return isOne ? read.iterator().next() : "";
    }

    private static Set<String> from(@Nullable Operation operation) {
        return operation == null
                ? Set.of()
                : operation.bindings().stream().map(Binding::from).collect(Collectors.toUnmodifiableSet());
    }

    /** A key and a receiver: what goes elsewhere under the same key stands in another lane. */
    private static String lane(Plan plan, Branch branch) {
        return plan.terms().isOrdered()
                ? plan.terms().orderingKey() + " to "
                        + branch.forward().target().text()
                : "";
    }

    /** The approval that comes before it, at whatever distance; plans here have one at most. */
    private static @Nullable Branch gate(Plan plan, Branch branch) {
        for (String before : branch.after()) {
            Branch earlier = plan.branches().get(plan.indexOf(before));
            Branch gate = earlier.approval() != null ? earlier : gate(plan, earlier);
            if (gate != null) {
                return gate;
            }
        }
        return null;
    }

    private Fact fact(String gid, Plan plan, HistoryEvent event) {
        OfBranch one = event.fact() instanceof OfBranch about ? about : null;
        String branch = one == null
                        || one.branch() < 0
                        || one.branch() >= plan.branches().size()
                ? ""
                : plan.branches().get(one.branch()).id();
        return new Fact(
                event.time().toEpochMilli(),
                event.kind().name(),
                branch,
                one == null ? "" : operation(gid, plan, branch, one.role()),
                event.fact() instanceof Called call ? call.attempt() : 0,
                Integer.toString(event.fact().outcome()),
                event.stateAfter().name());
    }

    private String operation(String gid, Plan plan, String branch, Role role) {
        int index = submitted(gid).indexOf(branch);
        return index < 0 ? plan.pattern().operationName(role) : submitted(gid).operationName(index, role);
    }
}
