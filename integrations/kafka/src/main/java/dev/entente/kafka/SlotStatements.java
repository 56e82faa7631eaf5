package dev.entente.kafka;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** The statements on {@code entente_kafka_slot}: the holder of each transactional id, and the end of its lease. */
final class SlotStatements {
    private static final String RENEW =
            "update entente_kafka_slot set held_until = {now} + {micros} where name = ? and slot = ? and holder = ?";
    private static final String EXPIRED =
            "select slot from entente_kafka_slot where name = ? and held_until < {now} order by slot";
    private static final String TAKE_EXPIRED = "update entente_kafka_slot set holder = ?, held_until = {now} + {micros}"
            + " where name = ? and slot = ? and held_until < {now}";
    private static final String TAKE_NEW =
            " into entente_kafka_slot (name, slot, holder, held_until) values (?, ?, ?, {now} + {micros})";
    private static final String GIVE_BACK = "delete from entente_kafka_slot where name = ? and slot = ? and holder = ?";

    private final String name;
    private final String holder;
    private final long leaseMicros;

    /**
     * Uses the slots of this name, for one holder.
     *
     * @param lease how long a slot is leased without a renewal
     */
    SlotStatements(String name, String holder, Duration lease) {
        this.name = name;
        this.holder = holder;
        this.leaseMicros = lease.toNanos() / 1000;
    }

    static String ddl(Dialect dialect) {
        return dialect.ddl(SlotStatements.class, "entente_kafka_slot");
    }

    /** Returns whether the holder still has the slot. */
    boolean renew(Connection connection, int slot) throws SQLException {
        return Sql.on(connection).update(RENEW, leaseMicros, name, slot, holder) == 1;
    }

    /** Returns the slots with an expired lease. */
    List<Integer> expired(Connection connection) throws SQLException {
        return Sql.on(connection).query(EXPIRED, row -> row.getInt("slot"), name);
    }

    /** Returns whether the holder has the slot now; another process may have been faster. */
    boolean takeExpired(Connection connection, int slot) throws SQLException {
        return Sql.on(connection).update(TAKE_EXPIRED, holder, leaseMicros, name, slot) == 1;
    }

    /** Returns whether the holder has the slot now; false if the slot has a row, also an expired one. */
    boolean takeNew(Connection connection, int slot) throws SQLException {
        Sql sql = Sql.on(connection);
        String insert = switch (sql.dialect()) {
            case POSTGRES -> "insert" + TAKE_NEW + " on conflict (name, slot) do nothing";
            case MARIADB -> "insert ignore" + TAKE_NEW;
        };
        return sql.update(insert, name, slot, holder, leaseMicros) == 1;
    }

    void giveBack(Connection connection, int slot) throws SQLException {
        Sql.on(connection).update(GIVE_BACK, name, slot, holder);
    }
}
