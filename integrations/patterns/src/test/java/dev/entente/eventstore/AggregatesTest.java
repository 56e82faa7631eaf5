package dev.entente.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.UserEvent.BalanceUpdated;
import dev.entente.eventstore.UserEvent.Created;
import dev.entente.participant.TestDatabase;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** Tests user aggregates and their events in a real database. */
class AggregatesTest {
    private static final int EVERY = 10;

    private final EventsFixture fixture;
    private final Aggregates<User, UserEvent> plain;
    private final Aggregates<User, UserEvent> users;

    AggregatesTest() throws SQLException {
        fixture = new EventsFixture("aggregates");
        plain = Aggregates.in(fixture.store, "user", UserEvent.TYPES, User.NO_USER, 1, User::after);
        users = plain.withSnapshots(EVERY, User::toBytes, User::fromBytes);
    }

    @Test
    void a_user_is_created_updated_and_replayed() throws Exception {
        Loaded<User> created = append(load(users), new Created("Ann"));
        Loaded<User> rich = append(created, new BalanceUpdated(500), new BalanceUpdated(-200));
        assertThat(rich.state()).isEqualTo(new User("Ann", 300));
        assertThat(load(users)).isEqualTo(rich);
        assertThat(load(plain).version()).isEqualTo(3);
        assertThatThrownBy(() -> append(created, new BalanceUpdated(1)))
                .isInstanceOf(WrongVersion.class)
                .hasMessageContaining("'user:ann' is at version 3, not at the expected 1");
    }

    @Test
    void a_snapshot_replaces_the_events_before_it_during_a_load() throws Exception {
        Loaded<User> user = append(load(users), new Created("Ann"));
        for (int i = 0; i < 24; i++) {
            user = append(user, new BalanceUpdated(1));
        }
        assertThat(user).isEqualTo(new Loaded<>("ann", new User("Ann", 24), 25, 20));
        assertThat(load(users)).isEqualTo(user);
        TestDatabase.execute(fixture.database, "delete from entente_event where version <= 20");
        assertThat(load(users)).as("the events before it are not read").isEqualTo(user);
    }

    @Test
    void a_changed_fold_ignores_snapshots_of_the_old_fold() throws Exception {
        Loaded<User> unused = append(load(users), new Created("Ann"));
        unused =
                append(unused, Collections.nCopies(EVERY, new BalanceUpdated(1)).toArray(new UserEvent[0]));
        assertThat(unused.snapshotVersion()).isEqualTo(EVERY + 1);
        Aggregates<User, UserEvent> doubled = Aggregates.<User, UserEvent>in(
                        fixture.store, "user", UserEvent.TYPES, User.NO_USER, 2, AggregatesTest::afterDoubled)
                .withSnapshots(EVERY, User::toBytes, User::fromBytes);
        assertThat(load(doubled)).isEqualTo(new Loaded<>("ann", new User("Ann", 2 * EVERY), EVERY + 1, 0));
        int dropped = fixture.within(doubled::dropOldSnapshots);
        assertThat(dropped).isEqualTo(1);
        assertThat(load(users).snapshotVersion()).isZero();

        Loaded<User> again = load(doubled);
        Loaded<User> kept =
                fixture.within(connection -> doubled.append(connection, again, List.of(new BalanceUpdated(1))));
        assertThat(load(doubled)).isEqualTo(kept);
        assertThat(kept.snapshotVersion()).isEqualTo(EVERY + 2);
    }

    private static User afterDoubled(User user, UserEvent event) {
        return event instanceof BalanceUpdated changed
                ? new User(user.name(), user.cents() + 2 * changed.cents())
                : user.after(event);
    }

    @Test
    void a_user_is_replayed_to_a_version_and_to_a_point_in_time() throws Exception {
        Loaded<User> user = append(load(users), new Created("Ann"));
        List<Long> balances = new ArrayList<>(List.of(0L));
        for (int i = 1; i <= 15; i++) {
            user = append(user, new BalanceUpdated(i));
            balances.add(user.state().cents());
        }
        for (long version = 1; version <= 16; version++) {
            long wanted = version;
            Loaded<User> then = fixture.within(connection -> users.at(connection, "ann", wanted));
            assertThat(then.state().cents()).isEqualTo(balances.get((int) version - 1));
        }
        assertThatThrownBy(() -> fixture.within(connection -> users.at(connection, "ann", 17)))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("at version 16, before 17");
        assertThatThrownBy(() -> fixture.within(connection -> users.at(connection, "ann", -1)))
                .hasMessageContaining("not -1");

        Instant fifth = fixture.load("user:ann").get(4).at();
        TestDatabase.execute(
                fixture.database,
                "update entente_event set recorded_at = recorded_at + interval "
                        + TestDatabase.sql("'1 hour'", "1 hour") + " where version > 5");
        Loaded<User> then = fixture.within(connection -> users.at(connection, "ann", fifth));
        assertThat(then).isEqualTo(new Loaded<>("ann", new User("Ann", balances.get(4)), 5, 0));
        Loaded<User> before = fixture.within(connection -> users.at(connection, "ann", Instant.EPOCH));
        assertThat(before).isEqualTo(new Loaded<>("ann", User.NO_USER, 0, 0));
    }

    @Test
    void old_event_versions_are_converted_to_the_current_version() throws Exception {
        fixture.within(connection -> fixture.store.append(
                connection,
                "user:ann",
                0,
                List.of(
                        new NewEvent("user-created", 1, ByteString.copyFromUtf8("Ann")),
                        new NewEvent("money-came", 1, ByteString.copyFromUtf8("3")),
                        new NewEvent("balance-updated", 1, ByteString.copyFromUtf8("4")),
                        new NewEvent("balance-updated", 2, ByteString.copyFromUtf8("5")))));
        assertThat(load(users).state()).isEqualTo(new User("Ann", 705));
    }

    @Test
    void an_unreadable_event_or_snapshot_is_reported() throws Exception {
        fixture.append("user:ann", 0, "hello");
        assertThatThrownBy(() -> load(users))
                .isInstanceOf(EventsUnusable.class)
                .hasMessageContaining("ENT-082")
                .hasMessageContaining("event 1 of stream 'user:ann' is of type 'noted' version 1");
        TestDatabase.execute(fixture.database, "update entente_event set type = 'balance-updated', type_version = 2");
        assertThatThrownBy(() -> load(users)).hasMessageContaining("cannot be read");
        TestDatabase.execute(
                fixture.database,
                "insert into entente_event_snapshot (stream, fold, fold_version, version, state)"
                        + " values ('user:ann', 'user', 1, 1, 'torn')");
        assertThatThrownBy(() -> load(users)).hasMessageContaining("increase the version of the fold");
    }

    @Test
    void a_stream_longer_than_two_pages_is_folded_completely() throws Exception {
        Loaded<User> user = append(load(plain), new Created("Ann"));
        long many = EventStore.MAX_PAGE;
        fixture.within(connection ->
                plain.append(connection, user, Collections.nCopies(2 * EventStore.MAX_PAGE, new BalanceUpdated(1))));
        assertThat(load(plain)).isEqualTo(new Loaded<>("ann", new User("Ann", 2 * many), 2 * many + 1, 0));
    }

    private Loaded<User> load(Aggregates<User, UserEvent> from) throws SQLException {
        return fixture.within(connection -> from.load(connection, "ann"));
    }

    private Loaded<User> append(Loaded<User> user, UserEvent... events) throws SQLException {
        return fixture.within(connection -> users.append(connection, user, List.of(events)));
    }
}
