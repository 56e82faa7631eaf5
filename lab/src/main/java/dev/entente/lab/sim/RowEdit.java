package dev.entente.lab.sim;

import com.google.protobuf.ByteString;
import dev.entente.server.store.OpenRow;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.TransactionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An open row's next version: what is not named stays, rev grows by one. */
final class RowEdit {
    private final OpenRow row;
    private @Nullable Long owner;
    private @Nullable Instant dueAt;
    private int adoptions;
    private TransactionState state;
    private ByteString plan;
    private @Nullable ByteString progress;
    private @Nullable Parked parked;
    private @Nullable String waitingOn;

    RowEdit(OpenRow row) {
        this.row = row;
        owner = row.owner();
        dueAt = row.dueAt();
        adoptions = row.adoptions();
        state = row.state();
        plan = row.plan();
        progress = row.progress();
        parked = row.parked();
        waitingOn = row.waitingOn();
    }

    RowEdit held(@Nullable Long newOwner, @Nullable Instant newDueAt) {
        owner = newOwner;
        dueAt = newDueAt;
        return this;
    }

    RowEdit adoptions(int count) {
        adoptions = count;
        return this;
    }

    RowEdit wrote(TransactionState newState, @Nullable ByteString newProgress, @Nullable String participant) {
        state = newState;
        progress = newProgress;
        waitingOn = participant;
        return this;
    }

    RowEdit plan(ByteString newPlan) {
        plan = newPlan;
        return this;
    }

    RowEdit parked(@Nullable Parked mark) {
        parked = mark;
        return this;
    }

    OpenRow row() {
        return row(row.rev() + 1);
    }

    /** For a store that forgets to raise it. */
    OpenRow row(long rev) {
        return new OpenRow(
                row.gid(),
                owner,
                rev,
                dueAt,
                adoptions,
                row.format(),
                row.pattern(),
                state,
                row.name(),
                row.createdAt(),
                row.deadlineAt(),
                row.requestDigest(),
                plan,
                progress,
                parked,
                waitingOn);
    }
}
