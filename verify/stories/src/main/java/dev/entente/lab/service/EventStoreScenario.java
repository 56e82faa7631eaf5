package dev.entente.lab.service;

import dev.entente.demo.ShopService;
import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.Loaded;
import dev.entente.eventstore.WrongVersion;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.rig.Worker;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Users by their events: created, their balances updated, replayed, and listed by a projection that is killed. */
public final class EventStoreScenario implements Scenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "event-store",
                    ShopService.ACCOUNT,
                    "A user is created and the balance updated 250 times. The state is that of all events, of those up"
                            + " to the hundredth, and of the snapshot with those behind it. A list of all balances"
                            + " follows; its process is killed in the middle, and the list is rebuilt while it is"
                            + " read.")
            .with(Set.of());

    private static final int UPDATES = 250;
    private static final int EVENTS_BETWEEN_KILLS = 300;
    private static final String EVENTS = "select count(*) from entente_event";
    private static final String STREAMS = "select count(*) from entente_event_stream";

    private final EventStore store = EventStore.postgres();
    private final Aggregates<User, UserEvent> users = User.in(store);

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        LocalBooks books = open(stage);
        live(books, result);
        Worker list = startList(stage, books);
        Worker writers = startWriters(stage, books);
        long start = System.nanoTime();
        stage.await("a list that is on its way", () -> listed(books) > UPDATES);
        list.kill();
        result.killed(list.name(), start);
        list.start();
        rebuild(stage, books, result);
        writers.kill();
        finish(stage, books, result);
    }

    private LocalBooks open(Stage stage) throws SQLException {
        LocalBooks books = LocalBooks.create(stage, "event_store");
        store.createTables(books.dataSource());
        books.execute(BalanceList.TABLE);
        return books;
    }

    private static Worker startList(Stage stage, LocalBooks books) throws IOException, InterruptedException {
        List<String> arguments = WorkerCommand.arguments(books, 0, stage.shop().hasLiars());
        return stage.playground().startWorker("list of balances", BalanceListWorker.class, arguments);
    }

    private static Worker startWriters(Stage stage, LocalBooks books) throws IOException, InterruptedException {
        List<String> arguments = WorkerCommand.arguments(books, stage.random().nextLong(), false);
        return stage.playground().startWorker("writers of events", UserEventsWorker.class, arguments);
    }

    private void live(LocalBooks books, Result result) throws SQLException {
        Loaded<User> user = append(books, "alice", new UserEvent.Created("Alice"));
        long expected = 0;
        long atHundred = 0;
        for (int i = 1; i <= UPDATES; i++) {
            user = append(books, "alice", new UserEvent.BalanceUpdated(i));
            expected += i;
            atHundred = user.version() == 100 ? expected : atHundred;
        }
        try (Connection connection = books.connect()) {
            connection.setAutoCommit(false);
            Loaded<User> now = users.load(connection, "alice");
            result.check(
                    "the user is the sum of " + now.version() + " events, read from a snapshot on",
                    now.state().equals(new User("Alice", expected)) && now.snapshotVersion() > 0,
                    now.version(),
                    now.toString());
            User then = users.at(connection, "alice", 100).state();
            result.check(
                    "replayed to version 100 the user is as then", then.cents() == atHundred, 100, then.toString());
            refuseLate(connection, user, result);
        }
    }

    private Loaded<User> append(LocalBooks books, String id, UserEvent event) throws SQLException {
        try (Connection connection = books.connect()) {
            connection.setAutoCommit(false);
            Loaded<User> after = users.append(connection, users.load(connection, id), List.of(event));
            connection.commit();
            return after;
        }
    }

    private void refuseLate(Connection connection, Loaded<User> user, Result result) throws SQLException {
        Loaded<User> old = users.at(connection, "alice", user.version() - 1);
        try {
            users.append(connection, old, List.of(new UserEvent.BalanceUpdated(1)));
            result.check("who comes late is refused", false, 1, "it was appended");
        } catch (WrongVersion late) {
            result.note("refused: " + late.getMessage());
        }
    }

    /** Rebuilds while events come, and waits until the new rows are those that are read. Blocks. */
    private void rebuild(Stage stage, LocalBooks books, Result result) throws Exception {
        long generation = BalanceList.in(store, false).rebuild(books.dataSource());
        String live =
                "select generation from entente_projection where name = '" + BalanceList.NAME + "' and state = 'LIVE'";
        stage.await("the rebuilt list", () -> books.number(live) == generation);
        result.check("the rebuilt list has taken over while events came", books.number(live) == generation, 1);
    }

    private static long listed(LocalBooks books) throws SQLException {
        return books.number("select coalesce(sum(events), 0)" + BalanceList.LIVE);
    }

    /** Waits until the list has taken all events, and judges. */
    private static void finish(Stage stage, LocalBooks books, Result result) throws Exception {
        String behind = "select (" + EVENTS + " where position is null) + (" + EVENTS + ") - (select max(position)"
                + " from entente_projection where state = 'LIVE')";
        stage.await("a list of all events", () -> books.number(behind) == 0);
        judge(books, result);
    }

    @Override
    public void runUnderKills(int kills, Stage stage, Result result) throws Exception {
        LocalBooks books = open(stage);
        Worker list = startList(stage, books);
        Worker writers = startWriters(stage, books);
        List<Victim> victims = List.of(Victim.worker(list), Victim.worker(writers));
        WorkerKills.run(kills, victims, () -> listed(books), EVENTS_BETWEEN_KILLS, stage, result);
        rebuild(stage, books, result);
        writers.kill();
        finish(stage, books, result);
    }

    private static void judge(LocalBooks books, Result result) throws SQLException {
        books.none(result, "each stream's events are numbered from 1 without gaps", """
            select s.stream from entente_event_stream s left join (select stream, min(version) as first,
              max(version) as last, count(*) as events from entente_event group by stream) as e using (stream)
            where e.stream is null or first <> 1 or last <> events or last <> s.version
            """, STREAMS);
        books.none(result, "all events have one place each, from 1 without gaps", """
            select 'place ' || place from generate_series(1, (select count(*) from entente_event)) as place
            full join entente_event on position = place where place is null or position is null
            """, EVENTS);
        books.none(result, "the events of a stream have their places in its order", """
            select stream from (select stream, position, lag(position) over (partition by stream order by version)
              as before from entente_event) as e where before >= position
            """, EVENTS);
        books.none(
                result,
                "each listed balance is the sum of the user's events, each taken once",
                """
                select coalesce(e.stream, l.id) from (select stream, count(*) as events, sum(case when type =
                    'balance-updated' then convert_from(payload, 'UTF8')::bigint else 0 end) as cents
                  from entente_event group by stream) as e
                full join (select id, cents, events %s) as l on l.id = e.stream
                where e.cents is distinct from l.cents or e.events is distinct from l.events
                """.formatted(BalanceList.LIVE),
                STREAMS);
        books.none(
                result,
                "each snapshot is the sum of the events that it stands for",
                """
                select s.stream from entente_event_snapshot s where split_part(convert_from(s.state, 'UTF8'), '/', 2)
                  ::bigint <> (select sum(convert_from(payload, 'UTF8')::bigint) from entente_event e
                  where e.stream = s.stream and e.version <= s.version and type = 'balance-updated')
                """,
                "select count(*) from entente_event_snapshot");
    }
}
