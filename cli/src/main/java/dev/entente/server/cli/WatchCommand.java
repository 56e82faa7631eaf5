package dev.entente.server.cli;

import dev.entente.client.Retry;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.StatusRuntimeException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code entente tx watch}: prints a transaction's changes, from as many streams as necessary. A stream breaks, for
 * example, if the transaction's coordinator dies. The next stream begins after the last printed change.
 */
@Command(
        name = "watch",
        description = "Print one line for each change of a transaction, until the transaction finishes. Exit 1 if the"
                + " final state is not SUCCEEDED. A broken stream is reopened for at most --timeout.")
final class WatchCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(names = "--after-revision", paramLabel = "N", description = "Leave out changes up to this revision.")
    private long afterRevision;

    private @Nullable Transaction last;
    private int failures;
    private long giveUpNanos;

    @Override
    int ask() {
        while (true) {
            long openedNanos = System.nanoTime();
            try {
                TransactionServiceGrpc.newBlockingStub(channel())
                        .watchTransaction(WatchTransactionRequest.newBuilder()
                                .setGid(gid)
                                .setAfterRevision(known())
                                .build())
                        .forEachRemaining(this::show);
                return Lines.exitCode(
                        last == null ? Transaction.getDefaultInstance() : last, Transaction.State.SUCCEEDED);
            } catch (StatusRuntimeException failure) {
                pause(failure, openedNanos);
            }
        }
    }

    /**
     * Returns the revision after which changes are requested. Progress that was not durable may be lost with its
     * coordinator, and other changes then have the same revisions. After such progress the current transaction is
     * requested.
     */
    private long known() {
        return last == null ? afterRevision : last.getAsLastSeen() ? 0 : last.getRevision();
    }

    private void show(Transaction seen) {
        failures = 0;
        answered();
        if (!seen.equals(last)) {
            last = seen;
            print(seen, shown -> Lines.summary(shown) + "  [" + Lines.branches(shown) + "]");
        }
    }

    /** @throws StatusRuntimeException if a repetition cannot help, or has not helped for the complete timeout */
    private void pause(StatusRuntimeException failure, long openedNanos) {
        Duration asked = Failure.pause(failure);
        boolean isBroken = last != null && Failure.isBroken(failure);
        long now = System.nanoTime();
        if (asked == null && !isBroken) {
            throw failure;
        }
        if (failures == 0 || now - openedNanos >= timeout.toNanos()) {
            failures = 0;
            giveUpNanos = now + timeout.toNanos();
        }
        failures++;
        askAgain(failure);
        Duration pause = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(2), Integer.MAX_VALUE)
                .waitAfter(failures, new SecureRandom())
                .plus(asked == null ? Duration.ZERO : asked);
        if (now + pause.toNanos() - giveUpNanos > 0 || Thread.currentThread().isInterrupted()) {
            throw failure;
        }
        LockSupport.parkNanos(pause.toNanos());
    }
}
