package dev.entente.lab.demo;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.scenario.Stage;
import dev.entente.lab.service.OrderDoor;
import dev.entente.rig.Wait;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Checks that databases and topics tell the same of the grand shop's orders, once all sagas have ended. */
final class GrandBooks {
    private static final Duration UNTIL_READ = Duration.ofSeconds(60);
    private static final int SHOWN = 3;

    /** Orders whose state is not that of their end. */
    private static final String OTHER_LIVES = """
        select o.id || ' ' || o.state || ' ' || coalesce(s.state, 'unknown') from orders o
        left join entente_state s on s.id = o.id
        where starts_with(o.id, ?) and (o.state, coalesce(s.state, '')) not in (('CREATED', 'DELIVERED'),
          ('CANCELLED', 'CANCELLED'))
        """;

    /** Orders whose record was not taken once. */
    private static final String OTHER_RECORDS = """
        select coalesce(o.id, p.id) from orders o full join placed_order p on p.id = o.id
        where starts_with(coalesce(o.id, p.id), ?) and (o.id is null or coalesce(p.records, 0) <> 1)
        """;

    /** Orders whose history does not lead from the first state to the one where it stands. */
    private static final String OTHER_HISTORIES = """
        select s.id from entente_state s left join (select id, count(*) as steps, min(version) as first,
          max(version) as last, string_agg(event, ' ' order by version) as events from entente_state_history
          group by id) as h on h.id = s.id
        where starts_with(s.id, ?) and (first <> 1 or last <> steps or coalesce(events, '') not in
          ('PAY SHIP DELIVER', 'CANCEL', 'PAY CANCEL'))
        """;

    private final Stage stage;
    private final KafkaBroker kafka;
    private final String prefix;

    GrandBooks(Stage stage, KafkaBroker kafka, String prefix) {
        this.stage = stage;
        this.kafka = kafka;
        this.prefix = prefix;
    }

    /** Waits until the topics' readers have come to their ends, and reads all. Blocks. */
    List<Invariant> read() throws Exception {
        Wait.until(
                UNTIL_READ,
                () -> ids(OTHER_LIVES).isEmpty() && ids(OTHER_RECORDS).isEmpty());
        List<Invariant> invariants = new ArrayList<>(new OrderDesk(stage).invariants(prefix));
        long orders = orders().size();
        invariants.add(none("each order's state is that of its end", OTHER_LIVES, orders));
        invariants.add(none("each order's history is paid, shipped, delivered, or cancelled", OTHER_HISTORIES, orders));
        invariants.add(none("each order's record was taken once, and no other's", OTHER_RECORDS, orders));
        invariants.add(none(
                "no event came when it was not allowed",
                "select id || ' ' || event from refused_event" + " where starts_with(id, ?)",
                orders));
        invariants.add(topic());
        return List.copyOf(invariants);
    }

    /** The topic of placed orders has each of them; what it has twice has one id and one content. */
    private Invariant topic() throws SQLException {
        Map<String, byte[]> records = new HashMap<>();
        Set<String> wrong = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : CommittedRecords.of(kafka, OrderDoor.PLACED)) {
            String order = new String(record.key(), StandardCharsets.UTF_8);
            if (order.startsWith(prefix)) {
                byte[] first = records.putIfAbsent(order, record.value());
                if ((first != null && !Arrays.equals(first, record.value()))
                        || !CommittedRecords.id(record).equals("placed-" + order)) {
                    wrong.add(order);
                }
            }
        }
        Set<String> orders = new HashSet<>(orders());
        Set<String> missing = new HashSet<>(orders);
        missing.removeAll(records.keySet());
        wrong.addAll(missing);
        records.keySet().stream().filter(order -> !orders.contains(order)).forEach(wrong::add);
        return new Invariant(
                "the topic has each order's record, and no other's", wrong.isEmpty(), orders.size(), wrong.toString());
    }

    private List<String> orders() throws SQLException {
        return ids("select id from orders where starts_with(id, ?)");
    }

    private List<String> ids(String sql) throws SQLException {
        return stage.books().texts(ShopService.ORDER, sql, prefix);
    }

    private Invariant none(String name, String sql, long checked) throws SQLException {
        List<String> found = ids(sql);
        return new Invariant(
                name,
                found.isEmpty(),
                checked,
                found.size() + " such as " + found.subList(0, Math.min(SHOWN, found.size())));
    }
}
