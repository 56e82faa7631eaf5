package dev.entente.bench.service;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.NewEvent;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.statemachine.GuardedStates;
import dev.entente.statemachine.StateMachine;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/** Work that threads do again and again. Thread-safe. */
public interface LocalWork {
    /** A day's worth: nothing is forgotten within a run. */
    Duration KEPT = Duration.ofDays(1);

    /** Does it once: the {@code number}-th of that thread, from 0 on. Blocks. */
    void once(int thread, long number) throws SQLException, IOException;

    /** The states of an order. */
    enum State {
        CREATED,
        PAID
    }

    /** The events of an order. */
    enum Event {
        PAY
    }

    /** An order is created in one transaction and paid in another: guarded update and history by hand. */
    static LocalWork statesByHand(DataSource database) throws SQLException {
        Sql.execute(database, """
            create table hand_order (id text primary key, state text not null, version bigint not null);
            create table hand_history (id text, version bigint, event text not null, from_state text not null,
              to_state text not null, at timestamptz not null, primary key (id, version));
            """);
        return (thread, number) -> {
            String id = thread + "-" + number;
            Sql.inTransaction(
                    database,
                    connection -> Sql.update(connection, "insert into hand_order values (?, 'CREATED', 0)", id));
            Sql.inTransaction(database, connection -> {
                Sql.update(connection, """
                    update hand_order set state = 'PAID', version = version + 1 where id = ? and state = 'CREATED'
                    """, id);
                Sql.update(connection, """
                    insert into hand_history select id, version, 'PAY', 'CREATED', state, now() from hand_order where id = ?
                    """, id);
            });
        };
    }

    /** The same by the SDK. */
    static LocalWork states(DataSource database) throws SQLException {
        GuardedStates<State, Event> states =
                GuardedStates.postgres(StateMachine.named("order", State.class, Event.class)
                        .startsIn(State.CREATED)
                        .on(Event.PAY, State.CREATED, State.PAID)
                        .endsIn(State.PAID)
                        .build());
        states.createTables(database);
        return (thread, number) -> {
            String id = thread + "-" + number;
            Sql.inTransaction(database, connection -> states.create(connection, id));
            Sql.inTransaction(database, connection -> states.transition(connection, id, Event.PAY));
        };
    }

    /** An event of a hundred bytes is appended to one of 500 streams: by hand, guarded by the primary key. */
    static LocalWork eventsByHand(DataSource database) throws SQLException {
        Sql.execute(database, """
            create table hand_event (stream text, version bigint, type text not null, payload bytea not null,
              at timestamptz not null, primary key (stream, version))
            """);
        String insert = "insert into hand_event values (?, ?, 'noted', ?, now())";
        return (thread, number) -> Sql.inTransaction(
                database,
                connection -> Sql.update(
                        connection, insert, stream(thread, number), number / STREAMS + 1, PAYLOAD.toByteArray()));
    }

    /** The same by the SDK. */
    static LocalWork events(DataSource database, EventStore store) {
        List<NewEvent> event = List.of(new NewEvent("noted", 1, PAYLOAD));
        return (thread, number) -> Sql.inTransaction(
                database, connection -> store.append(connection, stream(thread, number), number / STREAMS, event));
    }

    /** A key is taken and answered: by hand, as an insert that another one loses, and an update. */
    static LocalWork keysByHand(DataSource database) throws SQLException {
        Sql.execute(database, "create table hand_key (key text primary key, answer bytea, at timestamptz not null)");
        return (thread, number) -> {
            String key = thread + "-" + number;
            Sql.inTransaction(
                    database,
                    connection -> Sql.update(
                            connection, "insert into hand_key values (?, null, now()) on conflict do nothing", key));
            Sql.inTransaction(
                    database,
                    connection -> Sql.update(connection, "update hand_key set answer = 'paid' where key = ?", key));
        };
    }

    /** The same by the SDK, in the database. */
    static LocalWork keys(DataSource database) throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.postgres(database);
        store.createTable();
        return keys(store);
    }

    /** The same in any store. */
    static LocalWork keys(KeyStore store) {
        return (thread, number) -> {
            KeyStore.Key key = new KeyStore.Key("", thread + "-" + number);
            store.claim(key, DIGEST, "owner", KEPT);
            store.answer(key, "owner", answer(), KEPT);
        };
    }

    /** 500 for each thread. */
    int STREAMS = 500;

    /** The payload of an event. */
    ByteString PAYLOAD = ByteString.copyFromUtf8("x".repeat(100));

    /** Any. */
    String DIGEST = "0".repeat(64);

    /** Returns the bytes that are kept. */
    static byte[] answer() {
        return new byte[] {'p', 'a', 'i', 'd'};
    }

    private static String stream(int thread, long number) {
        return "s-" + thread + "-" + number % STREAMS;
    }
}
