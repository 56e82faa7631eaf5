package dev.entente.simulation.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The next version of an open row. Values that are not set stay unchanged, and rev grows by one. */
public final class RowEdit {
    private final OpenRow row;
    private @Nullable Long owner;
    private @Nullable Instant dueAt;
    private int adoptions;
    private TransactionState state;
    private ByteString plan;
    private @Nullable ByteString progress;
    private @Nullable Parked parked;
    private @Nullable String waitingOn;
    private int format;

    public RowEdit(OpenRow row) {
        this.row = row;
        owner = row.owner();
        dueAt = row.dueAt();
        adoptions = row.adoptions();
        state = row.state();
        plan = row.plan();
        progress = row.progress();
        parked = row.parked();
        waitingOn = row.waitingOn();
        format = row.format();
    }

    /** Raises the format; it never becomes lower. */
    RowEdit format(int needed) {
        format = Math.max(format, needed);
        return this;
    }

    /** Returns a new row, in a format that the accepting program knows. */
    static OpenRow accepted(long incarnation, NewTransaction transaction, Instant now, int known) {
        return new OpenRow(
                transaction.gid(),
                transaction.dueIn() == null ? incarnation : null,
                0,
                transaction.dueIn() == null ? null : now.plus(transaction.dueIn()),
                0,
                known < PlanCodec.format() ? Math.min(transaction.format(), known) : transaction.format(),
                transaction.pattern(),
                transaction.state(),
                transaction.name(),
                now,
                transaction.deadlineIn() == null ? null : now.plus(transaction.deadlineIn()),
                transaction.requestDigest(),
                transaction.plan(),
                null,
                null,
                null,
                null);
    }

    /** Returns the row after a write of progress, held by its writer. */
    static OpenRow flushed(long incarnation, OpenRow row, RowWrite.Flush flush, int known) {
        ByteString appended = flush.planAppended();
        return new RowEdit(row)
                .held(incarnation, null)
                .wrote(flush.state(), flush.progress(), flush.waitingOn())
                .format(known)
                .plan(appended == null ? row.plan() : row.plan().concat(appended))
                .adoptions(flush.resetsAdoptions() ? 0 : row.adoptions())
                .parked(null)
                .row();
    }

    /** Returns the row after its holder has released it. */
    static OpenRow rested(OpenRow row, RowWrite.Release rest, Instant now, int known) {
        Parked parked = rest.parked();
        return new RowEdit(row)
                .held(null, rest.dueIn() == null ? null : now.plus(rest.dueIn()))
                .wrote(rest.state(), rest.progress() == null ? row.progress() : rest.progress(), rest.waitingOn())
                .format(rest.format() > PlanCodec.format() ? rest.format() : known)
                .adoptions(0)
                .parked(parked == null ? null : new Parked(parked.reason(), parked.detail(), now))
                .row();
    }

    /** Returns the finished row that replaces the open row. */
    static FinishedRow finished(OpenRow row, RowWrite.Finish finish, Instant now) {
        return new FinishedRow(
                row.gid(),
                row.pattern(),
                finish.state(),
                row.name(),
                row.createdAt(),
                now,
                row.deadlineAt(),
                row.requestDigest(),
                finish.result(),
                finish.plan(),
                finish.progress());
    }

    public RowEdit held(@Nullable Long newOwner, @Nullable Instant newDueAt) {
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

    public OpenRow row() {
        return row(row.rev() + 1);
    }

    /** Returns the row with this rev, for a store that does not raise it. */
    public OpenRow row(long rev) {
        return new OpenRow(
                row.gid(),
                owner,
                rev,
                dueAt,
                adoptions,
                format,
                row.pattern(),
                state,
                row.name(),
                row.createdAt(),
                row.deadlineAt(),
                row.requestDigest(),
                plan,
                progress,
                parked,
                waitingOn,
                null);
    }
}
