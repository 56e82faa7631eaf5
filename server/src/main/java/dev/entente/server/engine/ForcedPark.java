package dev.entente.server.engine;

import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parks owned rows that cannot continue, without a change of their progress and without decoding. Each attempt is
 * repeated until it succeeds or the incarnation ends. Thread-safe.
 */
final class ForcedPark {
    private static final Logger LOG = LoggerFactory.getLogger(ForcedPark.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final TransactionStore store;
    private final EngineEnvironment environment;
    private final ParkLog log;
    private final Set<String> inProgress = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    ForcedPark(TransactionStore store, EngineEnvironment environment, ParkLog log) {
        this.store = store;
        this.environment = environment;
        this.log = log;
    }

    /** Returns whether the row is being parked. Meanwhile the row must not be taken into memory. */
    boolean isInProgress(String gid) {
        return inProgress.contains(gid);
    }

    /** Stops, because the incarnation has ended. The adopting coordinator parks the remaining rows. */
    void close() {
        isClosed = true;
    }

    void park(String gid, Throwable cause) {
        inProgress.add(gid);
        if (cause instanceof UnreadableRow damaged && damaged.isDamaged()) {
            recheck(
                    gid,
                    new Parked(ParkReason.UNREADABLE_ROW, String.valueOf(damaged.getMessage()), environment.now()));
        } else if (cause instanceof UnreadableRow newer) {
            LOG.warn(
                    "{} was written by a newer version and is left to coordinators of that version: {}",
                    gid,
                    newer.getMessage());
            recheck(gid, null);
        } else {
            String incident = Long.toHexString(environment.random().getAsLong());
            LOG.error("an internal error stopped transaction {}; it is parked; incident {}", gid, incident, cause);
            String why =
                    "an internal error stopped the transaction; see incident " + incident + " in the coordinator's log";
            recheck(gid, new Parked(ParkReason.DEFECT, why, environment.now()));
        }
    }

    /** @param mark null leaves the row to coordinators that know a newer format */
    private void recheck(String gid, @Nullable Parked mark) {
        when(gid, mark, RowState.at(gid, store), (row, failure) -> {
            if (failure != null) {
                again(gid, mark, failure);
            } else if (row instanceof RowState.Ours(OpenRow open)) {
                write(gid, open, mark);
            } else {
                inProgress.remove(gid);
            }
        });
    }

    private void write(String gid, OpenRow open, @Nullable Parked mark) {
        RowWrite.Release rest = mark == null
                ? new RowWrite.Release(
                        open.state(),
                        null,
                        Duration.ZERO,
                        open.parked(),
                        open.waitingOn(),
                        PlanCodec.format() + 1,
                        null)
                : new RowWrite.Release(open.state(), null, null, mark, null);
        RowWrite write = new RowWrite(gid, false, open.rev(), rest, null);
        when(gid, mark, Callbacks.of(() -> store.write(write)), (result, failure) -> {
            if (result instanceof WriteResult.Written) {
                inProgress.remove(gid);
                if (mark != null) {
                    environment.metrics().parked(mark.reason());
                    log.parked(gid, open.state(), mark, false);
                }
            } else {
                again(gid, mark, failure);
            }
        });
    }

    /** Retries after an exception: while a row counts as being parked, no other component handles the row. */
    private <T extends @Nullable Object> void when(
            String gid,
            @Nullable Parked mark,
            CompletableFuture<T> answer,
            BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
        Callbacks.when(answer, (result, failure) -> {
            try {
                then.accept(result, failure);
            } catch (RuntimeException | Error defect) {
                again(gid, mark, defect);
            }
        });
    }

    private void again(String gid, @Nullable Parked mark, @Nullable Throwable failure) {
        if (isClosed) {
            inProgress.remove(gid);
            return;
        }
        LOG.warn(
                "could not park {}, retrying: {}", gid, failure == null ? "its row was changed" : failure.getMessage());
        environment.timers().schedule(PAUSE, () -> recheck(gid, mark));
    }
}
