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
 * Finds from its row what became of an operation whose commit was not answered. Pure; used only once nobody can commit
 * it any more.
 *
 * <p>Nobody but the operation could have made just that row: a row of mine changes by me alone, one write at a time,
 * unless I was declared dead, and then it has another owner. Where the row has moved on so far that it does not tell,
 * the answer is Lost: whoever asked has lost the row anyway.
 *
 * @param row as it stands, open before finished, or null
 * @param incarnation whose operation it was
 */
public record Settlement(@Nullable StoredTransaction row, long incarnation) {

    /** The row's answer to a write. */
    public enum Verdict {
        WRITTEN,
        /** And its guard still holds: write it again. */
        NOT_WRITTEN,
        LOST
    }

    /** The answer to an accept; null: not written, accept it again. */
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
            // Where the write takes the row, a claim of mine may have come before it: only the content tells.
            case RowWrite.Flush flush ->
                isNext && isMine(open) && (!write.takes() || flush.progress().equals(open.progress()));
            case RowWrite.Rest rest
            when write.takes() ->
                isNext
                        && open.owner() == null
                        && (rest.progress() == null || rest.progress().equals(open.progress()));
            // Mine at a later rev: it was put to rest, and I have claimed it since.
            case RowWrite.Rest _ -> (isNext && open.owner() == null) || (isMine(open) && open.rev() > write.rev());
            case RowWrite.Finish _ -> false;
        };
    }

    /** Tells whether the branch is in the plan. A branch appended twice does no harm: the first one counts. */
    public Verdict registered(ByteString branch) {
        if (!(row instanceof OpenRow open)) {
            return Verdict.LOST;
        }
        return contains(open.plan(), branch) ? Verdict.WRITTEN : Verdict.NOT_WRITTEN;
    }

    /**
     * Looks where a field of the plan begins, for there it was appended: the same bytes inside another's payload are
     * something else.
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
