package dev.entente.server.engine;

import dev.entente.core.decision.Event;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Progress;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The transaction that an act would meet.
 *
 * @param transaction as its mailbox has it, or made of its row
 * @param opening what happens before the act, or null
 * @param callBack makes of it what it is once an act has called back what has not left
 * @param isActPutOff whether another act waits for calls under way
 * @param shown the same for people
 * @param progress that is shown of it, and of what the act makes of it
 */
record PreviewBasis(
        GlobalTransaction transaction,
        @Nullable Event opening,
        BiFunction<GlobalTransaction, Instant, GlobalTransaction> callBack,
        boolean isActPutOff,
        Snapshot shown,
        Function<GlobalTransaction, Progress> progress) {
    /** Of a row, which has no calls that wait to leave. */
    PreviewBasis(GlobalTransaction transaction, @Nullable Event opening, Snapshot shown) {
        this(transaction, opening, (row, _) -> row, false, shown, GlobalTransaction::progress);
    }
}
