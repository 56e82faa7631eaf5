package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.Loaded;
import dev.entente.eventstore.WrongVersion;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Worker;
import dev.entente.stories.service.BalanceWorker;
import dev.entente.stories.service.User;
import dev.entente.stories.service.UserEvent;
import dev.entente.stories.service.WorkerCommand;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The scenario of users as events: created, updated, replayed, and listed by a projection that is killed. */
final class EventStoreScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "event-store",
                    ShopService.ACCOUNT,
                    "A user is created and the balance is updated 250 times. The state is computed from all events,"
                            + " from the first hundred, and from a snapshot with the events after it. A list of all"
                            + " balances follows the events. Its process is killed in between, and the list is rebuilt"
                            + " while events arrive.",
                    EventStoreScenario::play)
            .with()
            .killable();

    private static final int UPDATES = 250;
    private static final String EVENTS = "select count(*) from entente_event";
    private static final String LIVE_GENERATION =
            "select generation from entente_projection where name = '" + BalanceWorker.LIST + "' and state = 'LIVE'";

    /** Counts the events without a position, and the events after the last one that the list has processed. */
    private static final String BEHIND = "select (" + EVENTS + " where position is null) + (" + EVENTS
            + ") - (select max(position) from entente_projection where state = 'LIVE')";

    private static final EventStore STORE = EventStore.postgres();
    private static final Aggregates<User, UserEvent> USERS = User.in(STORE);

    private EventStoreScenario() {}

    private static void play(ScenarioRun play) throws Exception {
        SqlDatabase users = play.create("event_store");
        STORE.createTables(users.dataSource());
        users.change(BalanceWorker.TABLE);
        live(play, users);
        Worker list = worker(play, users, "list of balances", "list");
        Worker writers = worker(play, users, "writers of events", "write");
        new Kills(play, 1, () -> users.number(BEHIND))
                .of(list, writers)
                .during(
                        "listed events",
                        UPDATES,
                        () -> users.number("select coalesce(sum(events), 0)" + BalanceWorker.LIVE));
        long generation = BalanceWorker.list(STORE, false).rebuild(users.dataSource());
        play.await("the rebuilt list", () -> users.number(LIVE_GENERATION) == generation);
        play.number("the rebuilt list replaced the list while events arrived", generation, users, LIVE_GENERATION);
        writers.kill();
        play.await("the list to include all events", () -> users.number(BEHIND) == 0);
        check(play, users);
    }

    private static Worker worker(ScenarioRun play, SqlDatabase users, String name, String part)
            throws IOException, InterruptedException {
        boolean isFaulty = play.shop().isAnyFaulty();
        return play.worker(
                name,
                BalanceWorker.class,
                WorkerCommand.arguments(users, play.random().nextLong(), isFaulty, "--part", part));
    }

    private static void live(ScenarioRun play, SqlDatabase users) throws SQLException {
        try (Connection connection = users.connect()) {
            connection.setAutoCommit(false);
            Loaded<User> user = append(connection, new UserEvent.Created("Alice"));
            long expected = 0;
            long atHundred = 0;
            for (int i = 1; i <= UPDATES; i++) {
                user = append(connection, new UserEvent.BalanceUpdated(i));
                expected += i;
                atHundred = user.version() == 100 ? expected : atHundred;
            }
            Loaded<User> now = USERS.load(connection, "alice");
            play.check(
                    "the user is the sum of " + now.version() + " events, loaded with a snapshot",
                    now.state().equals(new User("Alice", expected)) && now.snapshotVersion() > 0,
                    now.version(),
                    now.toString());
            User then = USERS.at(connection, "alice", 100).state();
            play.check("a replay gives the balance of version 100", then.cents() == atHundred, 100, then.toString());
            refuseLate(play, connection, user.version());
        }
    }

    private static Loaded<User> append(Connection connection, UserEvent event) throws SQLException {
        Loaded<User> after = USERS.append(connection, USERS.load(connection, "alice"), List.of(event));
        connection.commit();
        return after;
    }

    private static void refuseLate(ScenarioRun play, Connection connection, long version) throws SQLException {
        Loaded<User> old = USERS.at(connection, "alice", version - 1);
        try {
            USERS.append(connection, old, List.of(new UserEvent.BalanceUpdated(1)));
            play.check("an append to an old version is refused", false, 1, "the event was appended");
        } catch (WrongVersion late) {
            play.note("refused: " + late.getMessage());
        }
    }

    private static void check(ScenarioRun play, SqlDatabase users) throws SQLException {
        long events = users.number(EVENTS);
        long streams = users.number("select count(*) from entente_event_stream");
        play.none("each stream's events are numbered from 1 without gaps", streams, users, """
            select s.stream from entente_event_stream s left join (select stream, min(version) as first,
              max(version) as last, count(*) as events from entente_event group by stream) as e using (stream)
            where e.stream is null or first <> 1 or last <> events or last <> s.version
            """);
        play.none("each event has one position, from 1 without gaps", events, users, """
            select 'place ' || place from generate_series(1, (select count(*) from entente_event)) as place
            full join entente_event on position = place where place is null or position is null
            """);
        play.none("the positions of a stream's events have the stream's order", events, users, """
            select stream from (select stream, position, lag(position) over (partition by stream order by version)
              as before from entente_event) as e where before >= position
            """);
        play.none(
                "each listed balance is the sum of the user's events, each counted once", streams, users, """
                    select coalesce(e.stream, l.id) from (select stream, count(*) as events, sum(case when type =
                        'balance-updated' then convert_from(payload, 'UTF8')::bigint else 0 end) as cents
                      from entente_event group by stream) as e
                    full join (select id, cents, events %s) as l on l.id = e.stream
                    where e.cents is distinct from l.cents or e.events is distinct from l.events
                    """.formatted(
                                BalanceWorker.LIVE));
        long snapshots = users.number("select count(*) from entente_event_snapshot");
        play.none("each snapshot is the sum of the events up to its version", snapshots, users, """
            select s.stream from entente_event_snapshot s where split_part(convert_from(s.state, 'UTF8'), '/', 2)
              ::bigint <> (select sum(convert_from(payload, 'UTF8')::bigint) from entente_event e
              where e.stream = s.stream and e.version <= s.version and type = 'balance-updated')
            """);
    }
}
