package dev.entente.kafka;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SqlCondition;
import dev.entente.kafka.KafkaInbox.Handler;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.OutboxUnusable;
import dev.entente.trace.TraceSpan;
import dev.entente.trace.Tracing;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Processes one record in one transaction: its id and the handler's work, both or neither. */
final class RecordProcessor {
    private static final int MAX_CAUSES = 10;
    private static final Pattern STATES = Pattern.compile("(08|40|53|57P|58|XX).*");

    private final DataSource dataSource;
    private final String group;
    private final @Nullable Inbox given;
    private final Handler handler;
    private final Tracing tracing = Tracing.found();

    /**
     * Processes the records of one group.
     *
     * @param given null for the default inbox, which has the group's name
     */
    RecordProcessor(DataSource dataSource, String group, @Nullable Inbox given, Handler handler) {
        this.dataSource = dataSource;
        this.group = group;
        this.given = given;
        this.handler = handler;
    }

    /** Reports a failure of the database, which the record did not cause. */
    static final class DatabaseFailure extends Exception {
        private static final long serialVersionUID = 1;

        DatabaseFailure(Exception cause) {
            super(cause.getMessage(), cause);
        }
    }

    /**
     * Runs the handler unless the record was processed before, and commits. Blocks.
     *
     * @return whether the handler ran
     * @throws DatabaseFailure if the database would fail for any record
     * @throws SQLException if the handler's statements failed, or the record's id cannot be stored
     */
    boolean take(ConsumerRecord<byte[], byte[]> record) throws DatabaseFailure, SQLException {
        TraceSpan span =
                tracing.start(Tracing.Kind.CONSUMER, "process " + record.topic(), text(record, TraceParent.KEY.name()));
        span.attribute("entente.gid", id(record));
        Runnable leave = span.enter();
        try {
            return isTaken(record);
        } catch (DatabaseFailure | SQLException | RuntimeException | Error failure) {
            span.end(failure.getClass().getName());
            throw failure;
        } finally {
            leave.run();
            span.end("");
        }
    }

    private boolean isTaken(ConsumerRecord<byte[], byte[]> record) throws DatabaseFailure, SQLException {
        AtomicBoolean isHandlers = new AtomicBoolean();
        try (Connection connection = open()) {
            Inbox inbox = inbox(connection).from(record.topic());
            return OwnTransaction.on(
                    connection,
                    () -> inbox.once(connection, id(record), same -> {
                        isHandlers.set(true);
                        handler.take(same, record);
                    }));
        } catch (OutboxUnusable unusable) {
            throw new DatabaseFailure(unusable);
        } catch (SQLException | RuntimeException failure) {
            if (isDatabases(failure) || (!isHandlers.get() && failure instanceof SQLException sql && !isOfId(sql))) {
                throw new DatabaseFailure(failure);
            }
            throw failure;
        }
    }

    /** Returns the sender's id, otherwise the record's position with its time, in case the topic is created again. */
    static String id(ConsumerRecord<?, ?> record) {
        String id = text(record, BranchMetadata.IDEMPOTENCY_KEY.name());
        return id.isEmpty()
                ? record.topic() + "/" + record.partition() + "/" + record.offset() + "@" + record.timestamp()
                : id;
    }

    private static String text(ConsumerRecord<?, ?> record, String header) {
        Header given = record.headers().lastHeader(header);
        return given == null || given.value() == null ? "" : text(given.value());
    }

    /** Returns the id as UTF-8, or other bytes, such as a UUID's, as hexadecimal digits, so that ids stay distinct. */
    private static String text(byte[] id) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(id))
                    .toString();
        } catch (CharacterCodingException bytes) {
            return "hex:" + HexFormat.of().formatHex(id);
        }
    }

    private Inbox inbox(Connection connection) throws SQLException {
        if (given != null) {
            return given;
        }
        return switch (Dialect.of(connection)) {
            case POSTGRES -> Inbox.postgres().consumer(group);
            case MARIADB -> Inbox.mariadb().consumer(group);
        };
    }

    private Connection open() throws DatabaseFailure {
        try {
            return dataSource.getConnection();
        } catch (SQLException failure) {
            throw new DatabaseFailure(failure);
        }
    }

    /** Returns whether the database cannot store the id. */
    private static boolean isOfId(SQLException failure) {
        return String.valueOf(failure.getSQLState()).startsWith("22");
    }

    /**
     * Returns whether the database caused a failure, also inside another exception. Such causes are lost connections,
     * exhausted resources, an operator's shutdown, a read-only database, its own defects, and lost conflicts of
     * transactions. A statement's timeout does not count, because it may occur each time.
     */
    static boolean isDatabases(Throwable failure) {
        Throwable reported = failure;
        for (int depth = 0; reported != null && depth < MAX_CAUSES; depth++) {
            if (reported instanceof SQLException sql && isDatabases(sql)) {
                return true;
            }
            reported = reported.getCause();
        }
        return false;
    }

    private static boolean isDatabases(SQLException failure) {
        return (failure instanceof SQLTransientException && !(failure instanceof SQLTimeoutException))
                || failure instanceof SQLRecoverableException
                || failure instanceof SQLNonTransientConnectionException
                || SqlCondition.LOCK_TIMEOUT.matchesFailure(failure)
                || SqlCondition.NO_WRITES.matchesFailure(failure)
                || STATES.matcher(String.valueOf(failure.getSQLState())).matches();
    }
}
