package dev.entente.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.jdbc.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that each slot has one holder and that slots of dead holders are fenced and reused. */
class LeasedSlotTest {
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void each_holder_has_its_own_slot_and_a_released_slot_is_reused(Dialect dialect) throws Exception {
        DataSource database = database(dialect, "slots_own");
        try (LeasedSlot first = new LeasedSlot(database, "relays", 2, slot -> {})) {
            await().until(() -> first.held().isPresent());
            LeasedSlot second = new LeasedSlot(database, "relays", 2, slot -> {});
            await().until(() -> second.held().isPresent());
            assertThat(second.held()).isNotEqualTo(first.held());
            try (LeasedSlot third = new LeasedSlot(database, "relays", 2, slot -> {});
                    LeasedSlot other = new LeasedSlot(database, "others", 1, slot -> {})) {
                await().until(() -> other.held().equals(OptionalInt.of(0)));
                assertThat(third.held()).isEmpty();
                second.close();
                await().until(() -> third.held().isPresent());
                assertThat(third.held()).isNotEqualTo(first.held());
            }
        }
        assertThat(TestDatabase.number(database, "select count(*) from entente_kafka_slot"))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void the_slot_of_a_dead_holder_is_fenced_and_reused(Dialect dialect) throws Exception {
        DataSource database = database(dialect, "slots_dead");
        SlotStatements dead = new SlotStatements("relays", "dead", Duration.ofMillis(1));
        try (Connection connection = database.getConnection()) {
            assertThat(dead.takeNew(connection, 1)).isTrue();
        }
        List<Integer> fenced = new CopyOnWriteArrayList<>();
        SlotStatements living = new SlotStatements("relays", "living", Duration.ofHours(1));
        try (Connection connection = database.getConnection()) {
            assertThat(living.takeNew(connection, 0)).isTrue();
            assertThat(living.takeNew(connection, 1)).isFalse();
        }
        try (LeasedSlot finder = new LeasedSlot(database, "relays", 3, fenced::add)) {
            await().until(() -> finder.held().equals(OptionalInt.of(2)));
            await().until(() -> fenced.equals(List.of(1)));
            await().until(() -> TestDatabase.number(database, "select count(*) from entente_kafka_slot") == 2);
            try (Connection connection = database.getConnection()) {
                assertThat(dead.takeNew(connection, 1)).isTrue();
            }
            try (LeasedSlot last = new LeasedSlot(database, "relays", 3, fenced::add)) {
                await().until(() -> last.held().equals(OptionalInt.of(1)));
                assertThat(fenced).containsExactly(1, 1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_holder_loses_a_slot_taken_by_another_holder(Dialect dialect) throws Exception {
        DataSource database = database(dialect, "slots_lost");
        try (LeasedSlot holder = new LeasedSlot(database, "relays", 1, slot -> {})) {
            await().until(() -> holder.held().isPresent());
            TestDatabase.run(database, "update entente_kafka_slot set holder = 'another holder'");
            await().until(() -> holder.held().isEmpty());
        }
    }

    private static DataSource database(Dialect dialect, String schema) throws SQLException {
        DataSource database = TestDatabase.schema(dialect, schema);
        KafkaCarrier.createTable(database);
        return database;
    }
}
