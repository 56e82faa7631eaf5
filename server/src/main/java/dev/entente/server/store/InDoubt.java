package dev.entente.server.store;

import com.google.protobuf.ByteString;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what became of a batch whose commit was not answered. First the old backend must be gone, else it might commit after we looked;
 * then each gid is read, open before finished, and compared with what the batch would have made of it.
 *
 * <p>Nobody but the batch could have made just that: a row of mine changes by me alone, one write at a time, unless I was declared dead, and
 * then it has another owner.
 */
final class InDoubt {
    private enum Verdict {
        WRITTEN,
        NOT_WRITTEN,
        LOST
    }

    private record Open(
            @Nullable Long owner,
            long rev,
            AcceptResult.Known known,
            ByteString plan,
            @Nullable ByteString progress) {}

    private record Finished(AcceptResult.Known known, ByteString history) {}

    private final Connection connection;
    private final long incarnation;

    InDoubt(WriterConnection connection, long incarnation) {
        this.connection = connection.jdbc();
        this.incarnation = incarnation;
    }

    /** Ends the backend if it still runs. Whether it is gone by now: ask again until it is. */
    boolean isGone(WriterConnection.Backend backend) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid = ? and extract(epoch from"
                        + " backend_start)::text = ?")) {
            statement.setInt(1, backend.pid());
            statement.setString(2, backend.start());
            try (ResultSet rows = statement.executeQuery()) {
                return !rows.next();
            }
        }
    }

    /** Marks what was written, and returns what was not and must be sent again. */
    List<Pending> settle(List<Pending> operations) throws SQLException {
        ArrayColumn gids = ArrayColumn.ofTexts();
        operations.forEach(pending -> gids.add(pending.gid()));
        Map<String, Open> open = readOpen(gids);
        Map<String, Finished> finished = readFinished(gids);
        awaitReplication();
        List<Pending> again = new ArrayList<>();
        for (Pending pending : operations) {
            Verdict verdict = verdict(pending, open.get(pending.gid()), finished.get(pending.gid()));
            switch (verdict) {
                case WRITTEN -> pending.applied();
                case NOT_WRITTEN -> again.add(pending);
                case LOST -> pending.reset();
            }
        }
        return again;
    }

    private Verdict verdict(Pending pending, @Nullable Open open, @Nullable Finished finished) {
        return switch (pending) {
            case Pending.Accept accept -> accepted(accept, open, finished);
            case Pending.Write write -> written(write.write(), open, finished);
            case Pending.Register register -> registered(register, open);
        };
    }

    private Verdict accepted(Pending.Accept accept, @Nullable Open open, @Nullable Finished finished) {
        if (open == null && finished == null) {
            return Verdict.NOT_WRITTEN;
        }
        if (open != null && isMine(accept.transaction(), open)) {
            return Verdict.WRITTEN;
        }
        accept.known(open == null ? Objects.requireNonNull(finished).known() : open.known());
        return Verdict.LOST;
    }

    private boolean isMine(NewTransaction transaction, Open open) {
        boolean hasOwner =
                transaction.dueIn() == null ? Objects.equals(open.owner(), incarnation) : open.owner() == null;
        return hasOwner && open.rev() == 0 && open.known().requestDigest().equals(transaction.requestDigest());
    }

    private Verdict written(RowWrite write, @Nullable Open open, @Nullable Finished finished) {
        if (open == null) {
            boolean isMine = finished != null
                    && write.change() instanceof RowWrite.Finish finish
                    && finished.known().state() == finish.state()
                    && finished.history().equals(finish.history());
            return isMine ? Verdict.WRITTEN : Verdict.LOST;
        }
        boolean holdsGuard =
                open.rev() == write.rev() && Objects.equals(open.owner(), write.takes() ? null : (Long) incarnation);
        if (holdsGuard) {
            return Verdict.NOT_WRITTEN;
        }
        return isAfter(write, open) ? Verdict.WRITTEN : Verdict.LOST;
    }

    private boolean isAfter(RowWrite write, Open open) {
        boolean isMine = Objects.equals(open.owner(), incarnation);
        return switch (write.change()) {
            // Where the write takes the row, a claim of mine may have come first: only the content tells.
            case RowWrite.Flush flush ->
                isMine
                        && open.rev() == write.rev() + 1
                        && (!write.takes() || flush.progress().equals(open.progress()));
            case RowWrite.Rest rest
            when write.takes() ->
                open.owner() == null
                        && open.rev() == write.rev() + 1
                        && rest.progress().equals(open.progress());
            // Mine at a later rev: it was put to rest, and I have claimed it again since.
            case RowWrite.Rest _ ->
                (open.owner() == null && open.rev() == write.rev() + 1) || (isMine && open.rev() > write.rev());
            case RowWrite.Finish _ -> false;
        };
    }

    /** Whether the branch stands in the plan shows whether it was appended; appended twice it would do no harm, the first one counts. */
    private static Verdict registered(Pending.Register register, @Nullable Open open) {
        if (open == null) {
            return Verdict.LOST;
        }
        if (contains(open.plan(), register.branch())) {
            register.registered(open.plan());
            return Verdict.WRITTEN;
        }
        return Verdict.NOT_WRITTEN;
    }

    private static boolean contains(ByteString whole, ByteString part) {
        for (int at = whole.size() - part.size(); at >= 0; at--) {
            if (whole.substring(at, at + part.size()).equals(part)) {
                return true;
            }
        }
        return false;
    }

    private Map<String, Open> readOpen(ArrayColumn gids) throws SQLException {
        Map<String, Open> found = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "select gid, owner, rev, state, request_digest, plan, progress from open_transaction where gid = any"
                        + " (?)")) {
            gids.bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Long owner = OpenRows.nullableLong(row, "owner");
                    byte[] progress = row.getBytes("progress");
                    found.put(
                            row.getString("gid"),
                            new Open(
                                    owner,
                                    row.getLong("rev"),
                                    OpenRows.known(row, owner),
                                    ByteString.copyFrom(row.getBytes("plan")),
                                    progress == null ? null : ByteString.copyFrom(progress)));
                }
            }
        }
        return found;
    }

    private Map<String, Finished> readFinished(ArrayColumn gids) throws SQLException {
        Map<String, Finished> found = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "select gid, state, request_digest, history from finished_transaction where gid = any (?)")) {
            gids.bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.put(
                            row.getString("gid"),
                            new Finished(OpenRows.known(row, null), ByteString.copyFrom(row.getBytes("history"))));
                }
            }
        }
        return found;
    }

    /**
     * A commit that waits for a standby and loses its link is visible without being replicated. One more commit that was not warned of
     * covers it, for the log is one.
     */
    private void awaitReplication() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_logical_emit_message(true, 'entente', '')");
            WriterConnection.requireCertain(statement);
        }
    }
}
