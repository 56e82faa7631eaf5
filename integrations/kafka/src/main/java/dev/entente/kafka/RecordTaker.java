package dev.entente.kafka;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SqlCondition;
import dev.entente.kafka.KafkaInbox.Handler;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.OutboxUnusable;
import dev.entente.wire.BranchMetadata;
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

/** Takes one record in one transaction: its id and the handler's work, both or neither. */
final class RecordTaker {
    private static final int MOST_CAUSES = 10;
    private static final Pattern STATES = Pattern.compile("(08|40|53|57P|58|XX).*");

    private final DataSource dataSource;
    private final String group;
    private final @Nullable Inbox given;
    private final Handler handler;

    /**
     * A taker of one group's records.
     *
     * @param given null for one that is named after the group
     */
    RecordTaker(DataSource dataSource, String group, @Nullable Inbox given, Handler handler) {
        this.dataSource = dataSource;
        this.group = group;
        this.given = given;
        this.handler = handler;
    }

    /** The database failed, which is no fault of the record's. */
    static final class DatabaseAway extends Exception {
        private static final long serialVersionUID = 1;

        DatabaseAway(Exception cause) {
            super(cause.getMessage(), cause);
        }
    }

    /**
     * Runs the handler unless the record was taken before, and commits. Blocks.
     *
     * @return whether the handler ran
     * @throws DatabaseAway if the database would fail for any record
     * @throws SQLException if the handler's statements failed, or the record's id cannot be kept
     */
    boolean take(ConsumerRecord<byte[], byte[]> record) throws DatabaseAway, SQLException {
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
            throw new DatabaseAway(unusable);
        } catch (SQLException | RuntimeException failure) {
            if (isDatabases(failure) || (!isHandlers.get() && failure instanceof SQLException sql && !isOfId(sql))) {
                throw new DatabaseAway(failure);
            }
            throw failure;
        }
    }

    /** The id that its sender gave it; else its place, with its time in case that the topic is made anew. */
    static String id(ConsumerRecord<?, ?> record) {
        Header given = record.headers().lastHeader(BranchMetadata.IDEMPOTENCY_KEY.name());
        String id = given == null || given.value() == null ? "" : text(given.value());
        return id.isEmpty()
                ? record.topic() + "/" + record.partition() + "/" + record.offset() + "@" + record.timestamp()
                : id;
    }

    /** As UTF-8, and what is none, such as the bytes of a UUID, by its digits: no two ids become one. */
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

    private Connection open() throws DatabaseAway {
        try {
            return dataSource.getConnection();
        } catch (SQLException failure) {
            throw new DatabaseAway(failure);
        }
    }

    /** Tells whether the database cannot keep such an id. */
    private static boolean isOfId(SQLException failure) {
        return String.valueOf(failure.getSQLState()).startsWith("22");
    }

    /**
     * Connections lost, resources used up, an operator's stop, a database that takes no write, its own defects, and
     * transactions that lost against others; also where a library wraps them. A statement that took too long is not
     * among them, for it may always do so.
     */
    static boolean isDatabases(Throwable failure) {
        Throwable told = failure;
        for (int depth = 0; told != null && depth < MOST_CAUSES; depth++) {
            if (told instanceof SQLException sql && isDatabases(sql)) {
                return true;
            }
            told = told.getCause();
        }
        return false;
    }

    private static boolean isDatabases(SQLException failure) {
        return (failure instanceof SQLTransientException && !(failure instanceof SQLTimeoutException))
                || failure instanceof SQLRecoverableException
                || failure instanceof SQLNonTransientConnectionException
                || SqlCondition.LOCK_TIMEOUT.isShownBy(failure)
                || SqlCondition.NO_WRITES.isShownBy(failure)
                || STATES.matcher(String.valueOf(failure.getSQLState())).matches();
    }
}
