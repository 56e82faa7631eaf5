package dev.entente.guide;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.EventTypes;
import dev.entente.eventstore.Loaded;
import dev.entente.eventstore.PlacedEvent;
import dev.entente.eventstore.Projection;
import dev.entente.eventstore.ProjectionRunner;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;

/** The examples of {@code docs/patterns/event-store.md}. A test compares them with the page. */
final class EventStoreExamples {
    private EventStoreExamples() {}

    /** The events of users. */
    interface UserEvent {}

    /** The first event. */
    record Created(String name) implements UserEvent {
        ByteString toBytes() {
            return ByteString.copyFromUtf8(name);
        }

        static Created fromBytes(ByteString bytes) {
            return new Created(bytes.toStringUtf8());
        }
    }

    /** A change of the balance. */
    record BalanceUpdated(long cents) implements UserEvent {
        ByteString toBytes() {
            return ByteString.copyFromUtf8(Long.toString(cents));
        }

        static BalanceUpdated fromBytes(ByteString bytes) {
            return new BalanceUpdated(Long.parseLong(bytes.toStringUtf8()));
        }

        static ByteString inCents(ByteString euros) {
            return euros.concat(ByteString.copyFromUtf8("00"));
        }
    }

    /** A user, computed from these events. */
    record User(String name, long cents) {
        static final User NO_USER = new User("", 0);

        User after(UserEvent event) {
            return event instanceof Created created
                    ? new User(created.name(), cents)
                    : new User(name, cents + ((BalanceUpdated) event).cents());
        }

        ByteString toBytes() {
            return ByteString.copyFromUtf8(cents + " " + name);
        }

        static User fromBytes(ByteString bytes) {
            String[] parts = bytes.toStringUtf8().split(" ", 2);
            return new User(parts[1], Long.parseLong(parts[0]));
        }
    }

    static EventStore kept(DataSource dataSource) throws SQLException {
        EventStore store = EventStore.postgres();
        store.createTables(dataSource);
        return store;
    }

    static Aggregates<User, UserEvent> users(EventStore store) {
        EventTypes<UserEvent> types = EventTypes.of(UserEvent.class)
                .event(Created.class, "user-created", 1, Created::toBytes, Created::fromBytes)
                .event(BalanceUpdated.class, "balance-updated", 2, BalanceUpdated::toBytes, BalanceUpdated::fromBytes)
                .upcast("balance-updated", 1, "balance-updated", 2, BalanceUpdated::inCents)
                .build();
        Aggregates<User, UserEvent> users = Aggregates.in(store, "user", types, User.NO_USER, 1, User::after)
                .withSnapshots(100, User::toBytes, User::fromBytes);
        return users;
    }

    static Loaded<User> pay(Connection connection, Aggregates<User, UserEvent> users) throws SQLException {
        Loaded<User> user = users.load(connection, "4711");
        Loaded<User> richer = users.append(connection, user, List.of(new BalanceUpdated(500)));
        connection.commit();
        return richer;
    }

    /** A table of the service. */
    interface OrderList {
        void take(Connection connection, long generation, PlacedEvent event) throws SQLException;

        int clear(Connection connection, long generation, int limit) throws SQLException;
    }

    static ProjectionRunner follow(EventStore store, OrderList orderList, Outbox outbox, DataSource dataSource) {
        Projection orders = Projection.in(store, "order-list", orderList::take, orderList::clear);
        Projection mails = Projection.subscription(
                store, "mails", (connection, generation, event) -> outbox.enqueue(connection, mail(event)));
        ProjectionRunner runner = ProjectionRunner.start(orders, dataSource);
        ProjectionRunner.start(mails, dataSource).close();
        return runner;
    }

    private static OutboxMessage mail(PlacedEvent event) {
        return OutboxMessage.toHttp("POST", URI.create("http://127.0.0.1:1/mails"), event.event().stream());
    }

    static long anew(Projection orders, DataSource dataSource) throws SQLException {
        long generation = orders.rebuild(dataSource);
        return generation;
    }

    static List<Loaded<User>> earlier(Connection connection, Aggregates<User, UserEvent> users) throws SQLException {
        Loaded<User> third = users.at(connection, "4711", 3);
        Loaded<User> then = users.at(connection, "4711", Instant.parse("2026-11-01T00:00:00Z"));
        return List.of(third, then);
    }
}
