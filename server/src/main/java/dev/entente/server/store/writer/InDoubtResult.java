package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of an operation without a commit response, derived from its row. Pure. Used only after the last session
 * that could commit the operation has ended.
 *
 * <p>Only the operation could have made exactly this row: only this incarnation changes its rows, one write at a time.
 * A row of a dead incarnation has another owner. If the row has changed too much to show the result, the answer is
 * Lost: the caller has lost the row anyway.
 *
 * @param row the current row, open before finished, or null
 * @param incarnation the incarnation of the operation
 */
public record InDoubtResult(@Nullable StoredTransaction row, long incarnation) {

    /** The result of a write. */
    public enum Verdict {
        WRITTEN,
        /** The write did not happen, and the guard still holds: write again. */
        NOT_WRITTEN,
        LOST
    }

    /** Returns the result of an accept; null if it was not written: accept again. */
    public @Nullable AcceptResult accepted(NewTransaction transaction) {
        return switch (row) {
            case null -> null;
            case FinishedRow finished -> new AcceptResult.Known(finished.state(), finished.requestDigest(), null);
            case OpenRow open when isAccepted(transaction, open) -> new AcceptResult.Accepted();
            case OpenRow open -> new AcceptResult.Known(open.state(), open.requestDigest(), open.owner());
        };
    }

    private boolean isAccepted(NewTransaction transaction, OpenRow open) {
        boolean isAsAccepted = transaction.dueIn() == null ? isMine(open) : open.owner() == null;
        return isAsAccepted && open.rev() == 0 && open.requestDigest().equals(transaction.requestDigest());
    }

    public Verdict written(RowWrite write) {
        return switch (row) {
            case null -> Verdict.LOST;
            case FinishedRow finished -> isFinishedBy(write, finished) ? Verdict.WRITTEN : Verdict.LOST;
            case OpenRow open when holdsGuard(write, open) -> Verdict.NOT_WRITTEN;
            case OpenRow open -> isChangedBy(write, open) ? Verdict.WRITTEN : Verdict.LOST;
        };
    }

    private static boolean isFinishedBy(RowWrite write, FinishedRow finished) {
        return write.change() instanceof RowWrite.Finish finish
                && finished.state() == finish.state()
                && finished.progress().equals(finish.progress());
    }

    private boolean holdsGuard(RowWrite write, OpenRow open) {
        return open.rev() == write.rev() && (write.takes() ? open.owner() == null : isMine(open));
    }

    private boolean isChangedBy(RowWrite write, OpenRow open) {
        boolean isNext = open.rev() == write.rev() + 1;
        return switch (write.change()) {
            // If the write takes the row, a claim may have taken the row before: only the content shows the result.
            case RowWrite.Flush flush ->
                isNext && isMine(open) && (!write.takes() || flush.progress().equals(open.progress()));
            case RowWrite.Release rest
            when write.takes() ->
                isNext
                        && open.owner() == null
                        && (rest.progress() == null || rest.progress().equals(open.progress()));
            // Owned here at a later rev: the row was put to rest, and claimed again since.
            case RowWrite.Release _ -> (isNext && open.owner() == null) || (isMine(open) && open.rev() > write.rev());
            case RowWrite.Finish _ -> false;
        };
    }

    /** Returns whether the branch is in the plan. A branch appended twice does no harm: the first one counts. */
    public Verdict registered(ByteString branch) {
        if (!(row instanceof OpenRow open)) {
            return Verdict.LOST;
        }
        return contains(open.plan(), branch) ? Verdict.WRITTEN : Verdict.NOT_WRITTEN;
    }

    /**
     * Searches at the starts of the plan's fields, because a branch is appended there. Equal bytes inside a payload are
     * no match.
     */
    private static boolean contains(ByteString whole, ByteString part) {
        CodedInputStream fields = whole.newCodedInput();
        try {
            while (whole.size() - fields.getTotalBytesRead() >= part.size()) {
                if (whole.substring(fields.getTotalBytesRead()).startsWith(part)) {
                    return true;
                }
                if (!fields.skipField(fields.readTag())) {
                    return false;
                }
            }
            return false;
        } catch (IOException unreadable) {
            return false;
        }
    }

    private boolean isMine(OpenRow open) {
        return Objects.equals(open.owner(), incarnation);
    }
}
