package dev.entente.server.cli;

import dev.entente.v1.BarrierRow;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compares a finished transaction with the rows of one participant's barrier. Pure. */
final class BarrierComparison {
    private static final Set<String> FORWARD = Set.of("action", "try", "prepare", "deliver");
    private static final Set<String> UNDO = Set.of("compensate", "cancel", "rollback");
    private static final Set<String> COMPLETION = Set.of("confirm", "commit");
    private static final String NOTHING = "-";

    private final String participant;

    BarrierComparison(String participant) {
        this.participant = participant;
    }

    /** The kinds of difference. */
    enum Kind {
        /** The branch is done at the coordinator, and undone or never done at the participant. */
        DONE_HERE_UNDONE_THERE,
        /** The branch is undone or not done at the coordinator, and done at the participant. */
        UNDONE_HERE_DONE_THERE,
        /** The branch is done at the coordinator, and the participant has no row of its forward operation. */
        DONE_HERE_UNKNOWN_THERE,
        /** The branch is completed at the coordinator; the participant has the forward operation only. */
        COMPLETED_HERE_NOT_THERE,
        /** The branch is completed at the participant, and not at the coordinator. */
        COMPLETED_THERE_NOT_HERE,
        /** The transaction has no branch with the row's id. */
        UNKNOWN_BRANCH,
        /** The coordinator does not know the transaction: never accepted, or removed by retention. */
        UNKNOWN_GID
    }

    /**
     * One difference.
     *
     * @param branch empty for a difference of the complete transaction
     * @param here the state at the coordinator
     * @param there the state at the participant
     */
    record Difference(String gid, String branch, String participant, Kind kind, String here, String there) {}

    /** The combined state of one branch's rows at the participant. */
    private record There(@Nullable String forward, boolean undone, boolean completed, String text) {
        static There of(List<BarrierRow> rows) {
            String forward = rows.stream()
                    .filter(row -> FORWARD.contains(row.getOp()))
                    .map(BarrierRow::getVerdict)
                    .findAny()
                    .orElse(null);
            String text = rows.stream()
                    .map(row -> row.getOp() + " " + row.getVerdict())
                    .sorted()
                    .collect(Collectors.joining(", "));
            return new There(
                    forward, isAnyDone(rows, UNDO), isAnyDone(rows, COMPLETION), text.isEmpty() ? NOTHING : text);
        }

        private static boolean isAnyDone(List<BarrierRow> rows, Set<String> operations) {
            return rows.stream()
                    .anyMatch(row ->
                            operations.contains(row.getOp()) && row.getVerdict().equals("done"));
        }

        /** Returns whether the forward operation was done and not undone. */
        boolean isInEffect() {
            return "done".equals(forward) && !undone;
        }
    }

    /** @param rows all rows that the participant has of this transaction */
    List<Difference> of(Transaction transaction, List<BarrierRow> rows) {
        Map<String, List<BarrierRow>> byBranch =
                rows.stream().collect(Collectors.groupingBy(BarrierRow::getBranch, TreeMap::new, Collectors.toList()));
        List<Difference> differences = new ArrayList<>();
        for (BranchStatus branch : transaction.getBranchesList()) {
            List<BarrierRow> found = byBranch.remove(branch.getId());
            There there = There.of(found == null ? List.of() : found);
            boolean isCalledHere = branch.getParticipant().equals(participant);
            Kind kind = found == null && !isCalledHere ? null : kind(branch.getState(), there);
            if (kind != null) {
                String here = branch.getState().name();
                differences.add(
                        new Difference(transaction.getGid(), branch.getId(), participant, kind, here, there.text()));
            }
        }
        byBranch.forEach((branch, found) -> differences.add(new Difference(
                transaction.getGid(),
                branch,
                participant,
                Kind.UNKNOWN_BRANCH,
                NOTHING,
                There.of(found).text())));
        return differences;
    }

    Difference unknown(String gid, List<BarrierRow> rows) {
        String there = rows.stream()
                .map(row -> row.getBranch() + " " + row.getOp() + " " + row.getVerdict())
                .sorted()
                .collect(Collectors.joining(", "));
        return new Difference(gid, "", participant, Kind.UNKNOWN_GID, NOTHING, there);
    }

    /**
     * Returns the difference; null for none. A branch that an operator resolved is not compared: the operator's
     * statement and the participant's rows have equal weight.
     */
    private static @Nullable Kind kind(BranchStatus.State here, There there) {
        return switch (here) {
            case DONE ->
                there.isInEffect()
                        ? there.completed() ? Kind.COMPLETED_THERE_NOT_HERE : null
                        : there.forward() == null ? Kind.DONE_HERE_UNKNOWN_THERE : Kind.DONE_HERE_UNDONE_THERE;
            case CONFIRMED ->
                !there.isInEffect()
                        ? there.forward() == null ? Kind.DONE_HERE_UNKNOWN_THERE : Kind.DONE_HERE_UNDONE_THERE
                        : there.completed() ? null : Kind.COMPLETED_HERE_NOT_THERE;
            case UNDONE, REJECTED, SKIPPED, PENDING ->
                there.completed()
                        ? Kind.COMPLETED_THERE_NOT_HERE
                        : there.isInEffect() ? Kind.UNDONE_HERE_DONE_THERE : null;
            case CALLED, FAILED, AWAITING_APPROVAL, RESOLVED, STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }
}
