package dev.entente.stories.demo;

import dev.entente.backends.CommittedRecords;
import dev.entente.demo.ShopService;
import dev.entente.kafka.KafkaCarrier;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Worker;
import dev.entente.stories.service.SalesWorker;
import dev.entente.stories.service.WorkerCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The scenario of sales: written with their messages, relayed to a topic of a real Kafka, and each booked once. */
final class KafkaScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "kafka",
                    ShopService.PAYMENT,
                    "A service writes sales, each with its message in the same transaction; some are rolled back. Two"
                            + " relays send the messages to a Kafka topic. Another service books each record once, in"
                            + " the order of its account. A relay is killed meanwhile.",
                    KafkaScenario::play)
            .with()
            .on(ExternalPrograms.Part.KAFKA)
            .killable();

    private static final int PARTITIONS = 4;
    private static final int BOOKED_AT_LEAST = 400;
    private static final long BETWEEN = 50;
    /** Counts the sales with a waiting message, and the sales without a booking. */
    private static final String UNBOOKED =
            "select (select count(*) from entente_outbox) + (select count(*) from sale where id not in (select id from"
                    + " booking))";

    private static final String BOOKED = "select count(*) from booking";
    private static final String SOLD = "select count(*) from sale";

    private KafkaScenario() {}

    private static void play(ScenarioRun play) throws Exception {
        play.stage().parts().kafka().createTopic(SalesWorker.TOPIC, PARTITIONS);
        play.stage().parts().kafka().createTopic(SalesWorker.DEAD, 1);
        SqlDatabase sales = play.create("sales");
        sales.change(SalesWorker.TABLES);
        Outbox.postgres().createTables(sales.dataSource());
        Inbox.postgres().createTable(sales.dataSource());
        KafkaCarrier.createTable(sales.dataSource());
        Worker writer = start(play, sales, "writer of sales", "write");
        Worker relay = start(play, sales, "relay 1", "relay");
        Worker other = start(play, sales, "relay 2", "relay");
        Worker bookings = start(play, sales, "bookings", "book");
        new Kills(play, 1, () -> sales.number(UNBOOKED))
                .of(relay, bookings, writer, other)
                .during("bookings", BETWEEN, () -> sales.number(BOOKED));
        play.await(BOOKED_AT_LEAST + " bookings", () -> sales.number(BOOKED) >= BOOKED_AT_LEAST);
        writer.kill();
        play.await(
                "all sales to be booked",
                () -> sales.number("select count(*) from entente_outbox") == 0
                        && sales.number(BOOKED) >= sales.number(SOLD));
        check(play, sales);
        checkTopic(play, sales);
    }

    private static Worker start(ScenarioRun play, SqlDatabase sales, String name, String part)
            throws IOException, InterruptedException {
        List<String> arguments = WorkerCommand.arguments(
                sales,
                play.random().nextLong(),
                play.shop().isAnyFaulty(),
                "--part",
                part,
                "--kafka",
                play.stage().parts().kafka().address());
        return play.worker(name, SalesWorker.class, arguments);
    }

    private static void check(ScenarioRun play, SqlDatabase sales) throws SQLException {
        long sold = sales.number(SOLD);
        play.none("each committed sale was booked once, and no other sale", sold, sales, """
            select coalesce(s.id, b.id) from sale s full join (select id, count(*) as times from booking group by id)
              as b using (id) where s.id is null or b.times is distinct from 1
            """);
        play.none("each account's bookings have the order of its sales", sales.number(BOOKED), sales, """
            select id from (select id, number, lag(number) over (partition by account order by position) as before
              from booking) as b where before >= number
            """);
        play.none("each account's sales are numbered without gaps", sold, sales, """
            select 'account ' || a.id from account a left join (select account, count(*) as sales, max(number)
              as last from sale group by account) as s on s.account = a.id
            where coalesce(s.sales, 0) <> a.sales or coalesce(s.last, 0) <> a.sales
            """);
    }

    /** Compares the committed records of the topic with the sales, by SQL. */
    private static void checkTopic(ScenarioRun play, SqlDatabase sales) throws SQLException {
        List<ConsumerRecord<byte[], byte[]>> records =
                CommittedRecords.of(play.stage().parts().kafka(), SalesWorker.TOPIC);
        Map<String, String> contents = new HashMap<>();
        Set<String> ambiguous = new HashSet<>();
        sales.change("create table topic (id text not null)");
        try (Connection connection = sales.connect();
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
        play.none("the topic has records of all sales, and no others", sales.number(SOLD), sales, """
            select coalesce(s.id, t.id) from sale s full join (select distinct id from topic) as t using (id)
            where s.id is null or t.id is null
            """);
        play.check(
                "records with one id have one content", ambiguous.isEmpty(), records.size(), String.valueOf(ambiguous));
        play.note((records.size() - contents.size()) + " of " + records.size() + " records repeat an earlier id");
    }
}
