package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.RowWrite;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells a defect of one row from one of the database. It writes another row in the same way, by the same statements,
 * and rolls it back.
 */
final class RowProbe {
    private static final ByteString NOTHING = ByteString.EMPTY;
    private static final ByteString DIGEST = ByteString.copyFrom(new byte[32]);
    private static final int MANY_BYTES = 1 << 20;

    private final WriterConnection connection;

    RowProbe(WriterConnection connection) {
        this.connection = connection;
    }

    /**
     * Tells whether another row of the same kind is written at this moment. Where it is not, the row that failed is not
     * to blame.
     */
    boolean isWritten(Pending like) {
        String gid = "entente-probe-" + UUID.randomUUID();
        Connection jdbc = connection.jdbc();
        try {
            jdbc.setAutoCommit(false);
            try {
                return isWritten(gid, like);
            } finally {
                jdbc.rollback();
                jdbc.setAutoCommit(true);
            }
        } catch (SQLException | RuntimeException e) {
            return false; // a link that broke meanwhile is noticed by what comes next
        }
    }

    private boolean isWritten(String gid, Pending like) throws SQLException {
        Pending probe = probe(gid, like);
        if (!(probe instanceof Pending.Accept)) {
            insert(gid, like);
        }
        connection.commit(Batch.of(List.of(probe)));
        return probe.isApplied();
    }

    /** In the hands that the change expects. Not as an accept, which touches tables that the change does not need. */
    private void insert(String gid, Pending like) throws SQLException {
        boolean isHeld = like instanceof Pending.Write write && !write.write().takes();
        TransactionState state = like instanceof Pending.Register ? TransactionState.BEGUN : TransactionState.RUNNING;
        try (PreparedStatement insert = connection.jdbc().prepareStatement("""
            insert into open_transaction
              (bucket, gid, owner, due_at, format, pattern, state, name, created_at, request_digest, plan)
            values (?, ?, ?, now() + interval '1 hour', 1, ?, ?, 'probe', now(), ?, '')\
            """)) {
            insert.setShort(1, (short) Bucket.of(gid));
            insert.setString(2, gid);
            insert.setObject(3, isHeld ? connection.incarnation() : null, Types.BIGINT);
            insert.setShort(4, (short) Pattern.SAGA.code());
            insert.setShort(5, (short) state.code());
            insert.setBytes(6, DIGEST.toByteArray());
            insert.executeUpdate();
        }
    }

    private static Pending probe(String gid, Pending like) {
        return switch (like) {
            case Pending.Accept accept -> new Pending.Accept(accepted(gid, accept.transaction()));
            case Pending.Register _ -> new Pending.Register(gid, NOTHING, MANY_BYTES);
            case Pending.Write write -> {
                RowWrite other = write.write();
                AuditRecord audit = other.audit() == null ? null : audit(gid);
                yield new Pending.Write(new RowWrite(gid, other.takes(), 0, small(other.change()), audit));
            }
        };
    }

    /** With labels, topics, lanes and an entry in the audit where the other has them: those are tables of their own. */
    private static NewTransaction accepted(String gid, NewTransaction other) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "probe",
                other.labels().isEmpty() ? Map.of() : Map.of("probe", "probe"),
                null,
                null,
                1,
                DIGEST,
                NOTHING,
                other.topics().isEmpty() ? List.of() : List.of(gid),
                other.lanes().isEmpty() ? List.of() : List.of(new NewTransaction.Lane("probe", gid)),
                other.audit() == null ? null : audit(gid));
    }

    private static AuditRecord audit(String gid) {
        return new AuditRecord("probe", "probe", gid, "", "", "");
    }

    private static RowWrite.Change small(RowWrite.Change change) {
        return switch (change) {
            case RowWrite.Flush flush ->
                new RowWrite.Flush(
                        flush.state(),
                        NOTHING,
                        flush.planAppended() == null ? null : NOTHING,
                        flush.resetsAdoptions(),
                        null);
            case RowWrite.Rest rest ->
                new RowWrite.Rest(
                        rest.state(),
                        NOTHING,
                        rest.dueIn() == null ? null : Duration.ofHours(1),
                        marked(rest.parked()),
                        null);
            case RowWrite.Finish finish -> new RowWrite.Finish(finish.state(), null, NOTHING, NOTHING);
        };
    }

    private static @Nullable Parked marked(@Nullable Parked mark) {
        return mark == null ? null : new Parked(mark.reason(), "", Instant.EPOCH);
    }
}
