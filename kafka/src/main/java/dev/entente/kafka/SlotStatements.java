package dev.entente.kafka;

import dev.entente.jdbc.Ddl;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The statements on {@code entente_kafka_slot}: who uses which transactional id, and until when. */
final class SlotStatements {
    private static final String RENEW = """
        update entente_kafka_slot set held_until = now() + ? * interval '1 millisecond'
        where name = ? and slot = ? and holder = ?
        """;
    private static final String EXPIRED =
            "select slot from entente_kafka_slot where name = ? and held_until < now() order by slot";
    private static final String TAKE_EXPIRED = """
        update entente_kafka_slot set holder = ?, held_until = now() + ? * interval '1 millisecond'
        where name = ? and slot = ? and held_until < now()
        """;
    private static final String TAKE_NEW = """
        insert into entente_kafka_slot (name, slot, holder, held_until)
        values (?, ?, ?, now() + ? * interval '1 millisecond') on conflict (name, slot) do nothing
        """;
    private static final String GIVE_BACK = "delete from entente_kafka_slot where name = ? and slot = ? and holder = ?";

    private final String name;
    private final String holder;
    private final Duration lease;

    /**
     * The slots of that name, for one holder.
     *
     * @param lease how long a slot is held without being renewed
     */
    SlotStatements(String name, String holder, Duration lease) {
        this.name = name;
        this.holder = holder;
        this.lease = lease;
    }

    static String ddl() {
        return Ddl.of(SlotStatements.class, "entente_kafka_slot.postgres.sql");
    }

    /** Returns whether the holder has it still. */
    boolean renew(Connection connection, int slot) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(RENEW)) {
            update.setLong(1, lease.toMillis());
            update.setString(2, name);
            update.setInt(3, slot);
            update.setString(4, holder);
            return update.executeUpdate() == 1;
        }
    }

    /** Returns the slots whose holders have not renewed them in time. */
    List<Integer> expired(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(EXPIRED)) {
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
        try (PreparedStatement update = connection.prepareStatement(TAKE_EXPIRED)) {
            update.setString(1, holder);
            update.setLong(2, lease.toMillis());
            update.setString(3, name);
            update.setInt(4, slot);
            return update.executeUpdate() == 1;
        }
    }

    /** Returns whether the holder has it now; it fails where anybody has it, or had it. */
    boolean takeNew(Connection connection, int slot) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(TAKE_NEW)) {
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
