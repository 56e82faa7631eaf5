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

/** Holds the end of a transaction against the rows that one participant's barrier has of it. Pure. */
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
        /** The coordinator has it as done, the participant as taken back, or as never done. */
        DONE_HERE_UNDONE_THERE,
        /** The coordinator has it as undone, or not done at all; at the participant it still stands. */
        UNDONE_HERE_DONE_THERE,
        /** The coordinator has it as done, and the participant has no trace of it. */
        DONE_HERE_UNKNOWN_THERE,
        /** The coordinator has it as completed; the participant has the forward operation alone. */
        COMPLETED_HERE_NOT_THERE,
        /** The participant has completed what the coordinator has not. */
        COMPLETED_THERE_NOT_HERE,
        /** The transaction has no such branch. */
        UNKNOWN_BRANCH,
        /** The coordinator does not know the transaction: never accepted, or removed by retention. */
        UNKNOWN_GID
    }

    /**
     * One difference.
     *
     * @param branch empty where the whole transaction is meant
     * @param here what the coordinator has
     * @param there what the participant has
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

        /** Tells whether the forward operation was done and not taken back. */
        boolean stands() {
            return "done".equals(forward) && !undone;
        }
    }

    /** @param rows of this transaction, all that the participant has */
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
     * Null where nothing differs. What an operator has stated is the operator's word against the participant's: it is
     * not judged.
     */
    private static @Nullable Kind kind(BranchStatus.State here, There there) {
        return switch (here) {
            case DONE ->
                there.stands()
                        ? there.completed() ? Kind.COMPLETED_THERE_NOT_HERE : null
                        : there.forward() == null ? Kind.DONE_HERE_UNKNOWN_THERE : Kind.DONE_HERE_UNDONE_THERE;
            case CONFIRMED ->
                !there.stands()
                        ? there.forward() == null ? Kind.DONE_HERE_UNKNOWN_THERE : Kind.DONE_HERE_UNDONE_THERE
                        : there.completed() ? null : Kind.COMPLETED_HERE_NOT_THERE;
            case UNDONE, REJECTED, SKIPPED, PENDING ->
                there.completed() ? Kind.COMPLETED_THERE_NOT_HERE : there.stands() ? Kind.UNDONE_HERE_DONE_THERE : null;
            case CALLED, FAILED, AWAITING_APPROVAL, RESOLVED, STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }
}
