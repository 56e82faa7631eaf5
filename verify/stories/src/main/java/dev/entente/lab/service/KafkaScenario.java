package dev.entente.lab.service;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.demo.ShopService;
import dev.entente.kafka.KafkaCarrier;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.rig.Playground;
import dev.entente.rig.Victim;
import dev.entente.rig.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Sales written with their messages, relayed to a topic of a real Kafka, and booked from there, each once. */
public final class KafkaScenario implements Scenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "kafka",
                    ShopService.PAYMENT,
                    "A service writes sales, each with its message in the same transaction; some are rolled back. Two"
                            + " relays take the messages to a topic of Kafka, and another service books each record"
                            + " once, in the order of its account.")
            .with(Set.of());

    private static final int PARTITIONS = 4;
    private static final int BOOKED_AT_LEAST = 400;
    private static final int BOOKED_BETWEEN_KILLS = 200;
    private static final String BOOKED = "select count(*) from booking";
    private static final String SOLD = "select count(*) from sale";

    private @Nullable KafkaBroker kafka;

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public Map<String, String> prepare(Playground playground) throws Exception {
        KafkaBroker started = playground.keep(new KafkaBroker());
        kafka = started;
        started.start();
        started.createTopic(SalesWorker.TOPIC, PARTITIONS);
        started.createTopic(SalesWorker.DEAD, 1);
        return Map.of();
    }

    private KafkaBroker kafka() {
        if (kafka == null) {
            throw new IllegalStateException("not prepared");
        }
        return kafka;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        runUnderKills(0, stage, result);
    }

    @Override
    public void runUnderKills(int kills, Stage stage, Result result) throws Exception {
        LocalBooks books = LocalBooks.create(stage, "sales");
        books.execute(SalesWorker.TABLES);
        Outbox.postgres().createTables(books.dataSource());
        Inbox.postgres().createTable(books.dataSource());
        KafkaCarrier.createTable(books.dataSource());
        Worker writer = start(stage, books, "writer of sales", "write");
        List<Victim> victims = new ArrayList<>();
        victims.add(Victim.worker(start(stage, books, "relay 1", "relay")));
        victims.add(Victim.worker(start(stage, books, "bookings", "book")));
        victims.add(new Victim("Kafka", kafka()::kill, kafka()::start));
        victims.add(Victim.worker(start(stage, books, "relay 2", "relay")));
        victims.add(Victim.worker(writer));
        WorkerKills.run(kills, victims, () -> books.number(BOOKED), BOOKED_BETWEEN_KILLS, stage, result);
        stage.await(BOOKED_AT_LEAST + " bookings", () -> books.number(BOOKED) >= BOOKED_AT_LEAST);
        writer.kill();
        stage.await(
                "all sales to be booked",
                () -> books.number("select count(*) from entente_outbox") == 0
                        && books.number(BOOKED) >= books.number(SOLD));
        judge(books, result);
        judgeTopic(books, result);
    }

    private Worker start(Stage stage, LocalBooks books, String name, String part)
            throws IOException, InterruptedException {
        long seed = stage.random().nextLong();
        List<String> arguments = WorkerCommand.arguments(
                books, seed, stage.shop().hasLiars(), "--part", part, "--kafka", kafka().address());
        return stage.playground().startWorker(name, SalesWorker.class, arguments);
    }

    private static void judge(LocalBooks books, Result result) throws SQLException {
        books.none(result, "each sale was booked once, and what was rolled back was not", """
            select coalesce(s.id, b.id) from sale s full join (select id, count(*) as times from booking group by id)
              as b using (id) where s.id is null or b.times is distinct from 1
            """, SOLD);
        books.none(result, "each account's bookings came in the order of its sales", """
            select id from (select id, number, lag(number) over (partition by account order by position) as before
              from booking) as b where before >= number
            """, BOOKED);
        books.none(result, "each account's sales are numbered without gaps", """
            select 'account ' || a.id from account a left join (select account, count(*) as sales, max(number)
              as last from sale group by account) as s on s.account = a.id
            where coalesce(s.sales, 0) <> a.sales or coalesce(s.last, 0) <> a.sales
            """, SOLD);
    }

    /** Compares what a consumer of committed records reads with what was sold, by SQL. */
    private void judgeTopic(LocalBooks books, Result result) throws SQLException {
        List<ConsumerRecord<byte[], byte[]>> records = CommittedRecords.of(kafka(), SalesWorker.TOPIC);
        Map<String, String> contents = new HashMap<>();
        Set<String> ambiguous = new HashSet<>();
        books.execute("create table topic (id text not null)");
        try (Connection connection = books.connect();
                PreparedStatement insert = connection.prepareStatement("insert into topic values (?)")) {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                String id = CommittedRecords.id(record);
                String content = new String(record.value(), StandardCharsets.UTF_8);
                if (!content.equals(contents.getOrDefault(id, content))) {
                    ambiguous.add(id);
                }
                contents.put(id, content);
                insert.setString(1, id);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        books.none(result, "the topic has a record of each sale, and of nothing else", """
            select coalesce(s.id, t.id) from sale s full join (select distinct id from topic) as t using (id)
            where s.id is null or t.id is null
            """, SOLD);
        result.check(
                "records of one id have one content", ambiguous.isEmpty(), records.size(), String.valueOf(ambiguous));
        result.note(
                (records.size() - contents.size()) + " of " + records.size() + " records came again under their id");
    }
}
