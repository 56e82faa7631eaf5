package dev.entente.kafka;

import dev.entente.jdbc.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The statements on {@code entente_kafka_slot}: who uses which transactional id, and until when. */
final class SlotStatements {
    private static final String GIVE_BACK = "delete from entente_kafka_slot where name = ? and slot = ? and holder = ?";

    private final Texts texts;
    private final String name;
    private final String holder;
    private final Duration lease;

    /**
     * The slots of that name, for one holder.
     *
     * @param lease how long a slot is held without being renewed
     */
    SlotStatements(Dialect dialect, String name, String holder, Duration lease) {
        this.texts = switch (dialect) {
            case POSTGRES ->
                new Texts(
                        "now()",
                        "now() + ? * interval '1 millisecond'",
                        "insert",
                        "on conflict (name, slot) do nothing");
            case MARIADB ->
                new Texts("utc_timestamp(6)", "utc_timestamp(6) + interval 1000 * ? microsecond", "insert ignore", "");
        };
        this.name = name;
        this.holder = holder;
        this.lease = lease;
    }

    /**
     * The words in which databases differ.
     *
     * @param later a time that is some milliseconds from now, its one parameter
     * @param insert with {@code unlessThere} at its end, an insert that does nothing where the key is there
     */
    private record Texts(String now, String later, String insert, String unlessThere) {
        String renew() {
            return "update entente_kafka_slot set held_until = " + later
                    + " where name = ? and slot = ? and holder = ?";
        }

        String expired() {
            return "select slot from entente_kafka_slot where name = ? and held_until < " + now + " order by slot";
        }

        String takeExpired() {
            return "update entente_kafka_slot set holder = ?, held_until = " + later
                    + " where name = ? and slot = ? and held_until < " + now;
        }

        String takeNew() {
            return insert + " into entente_kafka_slot (name, slot, holder, held_until) values (?, ?, ?, " + later + ") "
                    + unlessThere;
        }
    }

    static String ddl(Dialect dialect) {
        return dialect.ddl(SlotStatements.class, "entente_kafka_slot");
    }

    /** Returns whether the holder has it still. */
    boolean renew(Connection connection, int slot) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(texts.renew())) {
            update.setLong(1, lease.toMillis());
            update.setString(2, name);
            update.setInt(3, slot);
            update.setString(4, holder);
            return update.executeUpdate() == 1;
        }
    }

    /** Returns the slots whose holders have not renewed them in time. */
    List<Integer> expired(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(texts.expired())) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                List<Integer> slots = new ArrayList<>();
                while (rows.next()) {
                    slots.add(rows.getInt("slot"));
                }
                return slots;
            }
        }
    }

    /** Returns whether the holder has it now; somebody else may have been faster. */
    boolean takeExpired(Connection connection, int slot) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(texts.takeExpired())) {
            update.setString(1, holder);
            update.setLong(2, lease.toMillis());
            update.setString(3, name);
            update.setInt(4, slot);
            return update.executeUpdate() == 1;
        }
    }

    /** Returns whether the holder has it now; it fails where anybody has it, or had it. */
    boolean takeNew(Connection connection, int slot) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(texts.takeNew())) {
            insert.setString(1, name);
            insert.setInt(2, slot);
            insert.setString(3, holder);
            insert.setLong(4, lease.toMillis());
            return insert.executeUpdate() == 1;
        }
    }

    void giveBack(Connection connection, int slot) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(GIVE_BACK)) {
            delete.setString(1, name);
            delete.setInt(2, slot);
            delete.setString(3, holder);
            delete.executeUpdate();
        }
    }
}
