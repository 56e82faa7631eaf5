package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.store.Database;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.writer.PostgresTransactionStore;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Verifies the stored order of deliveries, and its removal after the deliveries finish. */
class OrderTest {
    private final OpenStore open = new OpenStore();
    private final Database database = open.database;
    private final PostgresTransactionStore store = open.store;
    private final Retention retention = new Retention(database, Duration.ofDays(1));

    @AfterEach
    void close() {
        open.close();
    }

    @Test
    void a_finished_delivery_keeps_its_link_while_its_predecessor_is_open() {
        accept("head", "between", "last");
        store.write(Rows.finish("between", 0)).join();
        forgetAll();

        assertThat(ahead("last")).isEqualTo("between");
        assertThat(ahead("between")).isEqualTo("head");

        store.write(Rows.finish("head", 0)).join();
        forgetAll();

        assertThat(ahead("last")).isEqualTo("between");
        assertThat(store.ahead("between", "delivery-1").join()).isNull();
        assertThat(links()).isEqualTo(1);
    }

    @Test
    void a_delivery_queue_is_kept_while_an_earlier_delivery_is_open() {
        accept("head", "last");
        store.write(Rows.finish("last", 0)).join();
        TestDatabase.execute(database, "update delivery_lane set moved_at = now() - interval '2 days'");
        forgetAll();
        assertThat(queues()).isEqualTo(1);

        store.write(Rows.finish("head", 0)).join();
        forgetAll();
        assertThat(queues()).isZero();
    }

    @Test
    void long_delivery_queues_are_cleaned_up_to_the_first_open_delivery() {
        accept("open");
        TestDatabase.execute(
                database,
                """
                insert into delivery_order (bucket, gid, delivery, before_gid, before_delivery)
                select 0, queue || '-' || n, 'delivery-1', case when n > 1 then queue || '-' || (n - 1) end, 'delivery-1'
                from generate_series(1, 700) queue, generate_series(1, case when queue = 7 then 2500 else 3 end) n\
                """,
                "update delivery_order set before_gid = '7-1200', before_delivery = 'delivery-1' where gid = 'open'",
                "update delivery_order set before_gid = 'open' where gid = '7-1201'");
        forgetAll();

        assertThat(links()).isEqualTo(1 + 1300);

        store.write(Rows.finish("open", 0)).join();
        forgetAll();

        assertThat(links()).isZero();
    }

    @Test
    void a_refused_submit_of_a_used_gid_does_not_change_the_delivery_queue() {
        accept("first", "last");
        store.accept(queued("first", "other content", "delivery-2", List.of("topic")))
                .join();

        assertThat(links()).isEqualTo(2);
        assertThat(TestDatabase.number(database, "select count(*) from delivery_lane where gid = 'last'"))
                .isEqualTo(1);
        assertThat(store.read("first").join())
                .isInstanceOfSatisfying(
                        OpenRow.class, row -> assertThat(row.plan()).isEqualTo(ByteString.copyFromUtf8("plan")));
    }

    private void accept(String... gids) {
        for (String gid : gids) {
            store.accept(queued(gid, gid, "delivery-1", List.of())).join();
        }
    }

    private static NewTransaction queued(String gid, String content, String delivery, List<String> topics) {
        NewTransaction plain = Rows.running(gid);
        return new NewTransaction(
                gid,
                plain.pattern(),
                plain.state(),
                plain.name(),
                plain.labels(),
                plain.dueIn(),
                plain.deadlineIn(),
                plain.format(),
                Rows.digest(content),
                plain.plan(),
                topics,
                List.of(new NewTransaction.Queue(delivery, "line")),
                null);
    }

    private void forgetAll() {
        while (retention.forgetSlice()) {
            // on to the next slice
        }
    }

    private String ahead(String gid) {
        return Objects.requireNonNull(store.ahead(gid, "delivery-1").join()).gid();
    }

    private long links() {
        return TestDatabase.number(database, "select count(*) from delivery_order");
    }

    private long queues() {
        return TestDatabase.number(database, "select count(*) from delivery_lane");
    }
}
