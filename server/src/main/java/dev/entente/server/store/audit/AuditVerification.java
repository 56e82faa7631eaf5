package dev.entente.server.store.audit;

import com.google.protobuf.ByteString;
import dev.entente.server.store.OpenRows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/** Reads the audit's tables and follows its chains. Needs no coordinator, and reads only. Blocks. */
public final class AuditVerification {
    private static final int FETCHED_ROWS = 1000;

    private AuditVerification() {}

    /**
     * Follows all chains, as they stand at one moment.
     *
     * @param anchors links that are known from elsewhere
     */
    public static AuditVerdict of(DataSource database, List<AuditVerdict.Anchor> anchors) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            ChainCheck check = new ChainCheck(anchors);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(FETCHED_ROWS);
                follow(statement, check);
                return check.verdict(unchained(statement));
            }
        }
    }

    private static void follow(Statement statement, ChainCheck check) throws SQLException {
        try (ResultSet row = statement.executeQuery("""
            select l.incarnation, l.seq, l.entry, l.prev, l.hash, e.id is not null as is_there,
              e.at, e.actor, e.act, e.gid, e.reason, e.before, e.after, e.peer, e.request_id
            from audit_link l left join audit_entry e on e.id = l.entry
            order by l.incarnation, l.seq\
            """)) {
            while (row.next()) {
                ChainLink link = new ChainLink(
                        row.getLong("incarnation"),
                        row.getLong("seq"),
                        ByteString.copyFrom(row.getBytes("prev")),
                        ByteString.copyFrom(row.getBytes("hash")));
                boolean isThere = row.getBoolean("is_there");
                check.link(
                        link,
                        row.getLong("entry"),
                        isThere ? OpenRows.instant(row, "at") : null,
                        isThere ? AuditChain.record(row) : null);
            }
        }
    }

    private static long unchained(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("""
            select count(*) from audit_entry e where not exists (select 1 from audit_link l where l.entry = e.id)\
            """)) {
            row.next();
            return row.getLong(1);
        }
    }
}
