package dev.entente.faults.check;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a client asked for: one transaction, as its author meant it. */
public record Shape(String gid, Pattern pattern, List<BranchShape> branches) {
    /** How its branches end together. */
    public enum Pattern {
        /** Actions, undone by compensations. */
        SAGA("action", "", "compensate"),
        /** Tries, confirmed or cancelled; the coordinator calls the tries. */
        TCC("try", "confirm", "cancel"),
        /** The same, tried and decided by the client. */
        INTERACTIVE("try", "confirm", "cancel"),
        /** Prepared transactions of databases. */
        TWO_PHASE("prepare", "commit", "rollback");

        private final String forward;
        private final String completion;
        private final String undo;

        Pattern(String forward, String completion, String undo) {
            this.forward = forward;
            this.completion = completion;
            this.undo = undo;
        }

        /** The name of the operation that does the work. */
        public String forward() {
            return forward;
        }

        /** The name of the operation that makes it good; empty where there is none. */
        public String completion() {
            return completion;
        }

        /** The name of the operation that takes it back. */
        public String undo() {
            return undo;
        }
    }

    /**
     * One branch.
     *
     * @param cents what its participant's books gain when all is done; negative where they lose
     * @param canBeUndone whether it has an undo
     * @param readsFrom the branch whose receipt its calls carry, or null
     */
    public record BranchShape(
            String name,
            long cents,
            boolean canBeUndone,
            @Nullable String readsFrom) {}

    public Shape {
        branches = List.copyOf(branches);
    }

    Optional<BranchShape> branch(String name) {
        return branches.stream().filter(branch -> branch.name().equals(name)).findFirst();
    }
}
