package dev.entente.server.console;

import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The table of the actions on many. Each function blocks, and throws {@link dev.entente.server.store.StoreUnavailable}
 * where the database does not answer.
 *
 * @param add adds a run by its id and the query of its page; returns false where too many are under way
 * @param write stores the progress of a run; returns whether the run may go on
 * @param stop asks the coordinator of a run to stop it
 * @param latest returns the latest runs, the newest first
 */
public record StoredRuns(
        BiPredicate<String, String> add, Write write, Consumer<String> stop, Supplier<List<Row>> latest) {
    /** Stores the progress of a run. */
    @FunctionalInterface
    public interface Write {
        /** Returns whether the run may go on: not once it was stopped or is interrupted. */
        boolean write(String id, String progress, boolean isOver);
    }

    /**
     * A run as it is stored.
     *
     * @param query of its page, with its id
     * @param isInterrupted whether its coordinator stopped before the run was over
     */
    public record Row(String id, String query, String progress, boolean isOver, boolean isInterrupted) {}
}
