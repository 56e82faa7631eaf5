package dev.entente.spring.test;

import dev.entente.client.TransactionRefused;
import dev.entente.client.Transactions;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions about the result of a transaction. Each waits up to two minutes, but fails at once in a final state. A
 * failure shows the output of {@code entente tx describe}: branches, attempts, last errors. If the coordinator does not
 * know the transaction, the failure shows its state in the application's outbox.
 */
public final class TransactionAssert extends AbstractAssert<TransactionAssert, String> {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Transactions transactions;
    private final Supplier<String> describe;
    private final @Nullable OutboxDiagnosis outbox;
    private long nextLookNanos = System.nanoTime();

    TransactionAssert(
            String gid, Transactions transactions, Supplier<String> describe, @Nullable OutboxDiagnosis outbox) {
        super(gid, TransactionAssert.class);
        this.transactions = transactions;
        this.describe = describe;
        this.outbox = outbox;
    }

    /** Verifies that the transaction succeeds. */
    public TransactionAssert isSucceeded() {
        return becomes("SUCCEEDED", seen -> seen.getState() == Transaction.State.SUCCEEDED);
    }

    /** Verifies that the transaction is aborted, with all possible effects undone. */
    public TransactionAssert isAborted() {
        return becomes("ABORTED", seen -> seen.getState() == Transaction.State.ABORTED);
    }

    /** Verifies that the branch with this id is undone: compensated, cancelled or rolled back. */
    public TransactionAssert isCompensated(String branch) {
        return becomes(
                "such that branch '" + branch + "' is undone",
                seen -> seen.getBranchesList().stream()
                        .anyMatch(one -> one.getId().equals(branch) && one.getState() == BranchStatus.State.UNDONE));
    }

    /** Verifies that the transaction waits for an operator, for this reason. */
    public TransactionAssert isParked(Parked.Reason reason) {
        return becomes(
                "parked as " + reason,
                seen -> seen.hasParked() && seen.getParked().getReason() == reason);
    }

    private TransactionAssert becomes(String expected, Predicate<Transaction> holds) {
        isNotNull();
        long until = System.nanoTime() + LONGEST.toNanos();
        while (true) {
            Transaction seen = seen();
            if (seen != null && holds.test(seen)) {
                return this;
            }
            boolean isAtRest = seen == null ? isLost() : seen.getTerminal() || seen.hasParked();
            if (isAtRest || System.nanoTime() > until || Thread.currentThread().isInterrupted()) {
                String sent = seen == null && outbox != null ? outbox.at(actual).text() : "";
                throw failure("transaction '%s' did not become %s:%n%s%s", actual, expected, describe.get(), sent);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Returns whether the transaction will never be known, by a check of the outbox each second. */
    private boolean isLost() {
        if (outbox == null || System.nanoTime() < nextLookNanos) {
            return false;
        }
        nextLookNanos = System.nanoTime() + INTERVAL.toNanos();
        return outbox.at(actual).isFinal() && seen() == null; // in this order, because it may just have been delivered
    }

    /** Returns the transaction; null while it is unknown. */
    private @Nullable Transaction seen() {
        try {
            return transactions.get(actual);
        } catch (TransactionRefused refused) {
            if (refused.code().equals("ENT-030")) {
                return null;
            }
            throw refused;
        }
    }
}
